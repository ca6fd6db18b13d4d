// What a map of parcels holds: parcels, lines with their chainage, borders. Everything is in pixels of the world at zoom
// 18, from a corner of its own, so that the small numbers of a path stay exact.
(() => {
  const ZOOM = 18,
    WORLD = 256 * 2 ** ZOOM,
    EQUATOR_M = 40075016.686;
  const STEPS = 1e6; // of a degree: what coordinates are sent in

  const east = (lon) => (lon / 360 + 0.5) * WORLD;
  const south = (lat) => (0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI)) * WORLD;
  const written = (m) => {
    const whole = Math.round(Math.abs(m)),
      rest = whole % 1000;
    return `${m < 0 && whole ? "-" : ""}Km${(whole - rest) / 1000}${rest ? `+${String(rest).padStart(3, "0")}` : ""}`;
  };
  const every = (column, i) => (column.length > 1 ? column[i] : column[0]); // a column of one value has it in every row

  // Steps of latitude and longitude as points from a corner.
  function points(steps, [x0, y0]) {
    const held = new Float64Array(steps.length);
    for (let i = 0, lat = 0, lon = 0; i < steps.length; i += 2) {
      lat += steps[i];
      lon += steps[i + 1];
      held[i] = east(lon / STEPS) - x0;
      held[i + 1] = south(lat / STEPS) - y0;
    }
    return held;
  }

  // The parcels: their points, where each ring and each parcel begins, the box around each.
  function shapes(told, corner) {
    const count = told.ids.length,
      xy = points(told.steps, corner),
      first = new Int32Array(count + 1),
      boxes = new Float64Array(4 * count),
      starts = [0];
    for (let i = 0, ring = 0, at = 0; i < count; i++) {
      let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
      for (const after = ring + every(told.rings, i); ring < after; ring++) {
        for (const end = at + 2 * every(told.points, ring); at < end; at += 2) {
          left = Math.min(left, xy[at]);
          right = Math.max(right, xy[at]);
          top = Math.min(top, xy[at + 1]);
          bottom = Math.max(bottom, xy[at + 1]);
        }
        starts.push(at);
      }
      first[i + 1] = ring;
      boxes.set([left, top, right, bottom], 4 * i);
    }
    return { xy, first, starts, boxes, count };
  }

  // A line with the chainage (m) of every vertex, null where no chainage is known of it.
  function chain(line, corner) {
    const flat = points(line.steps, corner),
      m = line.metres.length ? new Float64Array(line.metres.length) : null;
    for (let i = 0, at = 0; m && i < m.length; i++) m[i] = (at += line.metres[i]) / 10;
    return { flat, m };
  }

  // The place of a chainage on a chain, and the vertex before it.
  function place({ flat, m }, at) {
    let low = 0,
      high = m.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (m[middle] <= at) low = middle;
      else high = middle;
    }
    const share = Math.min(1, Math.max(0, (at - m[low]) / (m[high] - m[low] || 1)));
    return {
      x: flat[2 * low] + share * (flat[2 * high] - flat[2 * low]),
      y: flat[2 * low + 1] + share * (flat[2 * high + 1] - flat[2 * low + 1]),
      low,
    };
  }

  function cut(line, from, to) {
    const a = place(line, from),
      b = place(line, to),
      found = [a.x, a.y];
    for (let i = a.low + 1; i <= b.low; i++) found.push(line.flat[2 * i], line.flat[2 * i + 1]);
    return [...found, b.x, b.y];
  }

  const ground = { ZOOM, WORLD, EQUATOR_M, STEPS, east, south, points, shapes, chain, place, cut };
  Object.assign(lsinfra, { ground, every, written });
})();
