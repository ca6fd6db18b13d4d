// The charts of a project: S-curves, and dates against chainage. Drawn at the width they have, so that words keep their size.
(() => {
  const { el, said, chip } = lsinfra;
  const COLORS = [0, 1, 2, 3, 4, 5, 6, 7].map((level) => `var(--c${level})`); // as on the map
  // The second cue beside colour, as the dashes of the map: the more is handed over, the more of each stripe is drawn.
  const STRIPES = [2, 5, 8, 11, 13.5];
  const COMPLETE = 5, NO_TOTAL = 6, NO_DATA = 7;
  const LINES = ["ink", "l1", "l2", "l3", "l4", "l5", "edge"].map((name) => `var(--${name})`);
  const FEW = 12; // dots of a line that all have words
  const LETTER = 7; // px that a letter of 12 px takes at most, on the average
  const R = { START: 0, END: 1, CLASS: 2, STALE: 3, WHOLE: 4, SHARE: 5, FIGURE: 6, WHEN: 7, SOURCES: 8, EXACT: 9 }; // of a run

  // An SVG element; a <title> child is what a pointer over it is told.
  function svg(tag, attributes, ...children) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes || {})) if (value !== null && value !== undefined) made.setAttribute(name, value);
    made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
    return made;
  }
  const told = (text) => svg("title", null, text);
  const text = (x, y, words, attributes) => svg("text", { x, y, ...attributes }, words);
  const wide = (words) => words.length * LETTER;

  // A box whose drawing follows its width, on paper as on the screen.
  function drawn(draw) {
    const box = el("div", { class: "chart" });
    let last = 0, paper = false;
    const at = (width) => {
      if (width < 1 || Math.abs(width - last) < 1) return;
      last = width;
      box.replaceChildren(draw(width, paper));
    };
    at(Math.min(document.documentElement.clientWidth - 28, 1000));
    new ResizeObserver(() => requestAnimationFrame(() => at(box.clientWidth))).observe(box);
    const printing = (on) => {
      paper = on;
      last = 0;
      at(box.clientWidth);
    };
    window.addEventListener("beforeprint", () => printing(true));
    window.addEventListener("afterprint", () => printing(false));
    return box;
  }

  // The same facts as a table, made when somebody asks for it.
  function asTable(words, title, heads, rows) {
    const details = el("details", { class: "as-table" }, el("summary", null, words.see_table));
    details.addEventListener("toggle", () => details.append(el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title },
      el("table", { class: "data", role: "table" },
        el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, heads.map((head) => el("th", { scope: "col", role: "columnheader" }, head)))),
        el("tbody", { role: "rowgroup" }, rows().map((cells) => el("tr", { role: "row" }, cells.map((cell, i) => el("td", { role: "cell", "data-label": heads[i] }, cell)))))))), { once: true });
    return details;
  }

  const sourcesOf = (data, numbers) => numbers.map((number) => [lsinfra.reference(data, number), data.sources[number].press ? [" ", chip("press", data.charts.words.press)] : null, " "]);
  const notes = (list) => list.map((note) => el("p", { class: "about" }, note));
  const key = (mark, words) => el("li", null, svg("svg", { viewBox: "0 0 36 14", "aria-hidden": "true" }, mark), said(words));

  // Lays words where they hide nothing that is there already: no other words, no dots, no lines.
  const MARK = 0, LINE = 1, WORDS = 2;
  const PLACES = (width, height, gap) => [[-width - gap + 3, -height - 3], [gap - 3, 5], [gap - 3, -height - 3], [-width - gap + 3, 5], [-width / 2, -height - gap], [-width / 2, gap], [gap, -height / 2], [-width - gap, -height / 2], [5 - width, -height - 8], [5 - width, 8]];
  function layer(bounds) {
    const taken = [];
    const take = (kind, box) => taken.push([kind, box]);
    const free = (box, kinds) => box[0] >= bounds[0] && box[1] >= bounds[1] && box[2] <= bounds[2] && box[3] <= bounds[3]
      && !taken.some(([kind, other]) => kinds.includes(kind) && box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3]);
    // The first of the sayings (lists of lines) that has room beside a point, whole; null where none has. What must be
    // read may cross a line and then a dot, never other words.
    function beside(x, y, sayings, { gap = 9, must = false, name = "halo" } = {}) {
      for (const kinds of must ? [[WORDS, MARK, LINE], [WORDS, MARK], [WORDS]] : [[WORDS, MARK, LINE]]) {
        for (const lines of sayings) {
          const width = Math.max(...lines.map(wide)), height = 14 * lines.length;
          for (const [left, top] of PLACES(width, height, gap)) {
            const box = [x + left, y + top, x + left + width, y + top + height];
            if (!free(box, kinds)) continue;
            take(WORDS, box);
            const [anchor, at] = left === -width / 2 ? ["middle", x] : left < 0 ? ["end", box[2]] : ["start", box[0]];
            return lines.map((line, i) => text(at, box[1] + 11 + 14 * i, line, { "text-anchor": anchor, class: i ? name : `${name} strong` }));
          }
        }
      }
      return null;
    }
    return { take, beside };
  }

  // --- S-curve ---------------------------------------------------------------------------------------------------------

  // The mark of a line: each has its own shape, so that colour is not all that tells them apart.
  function mark(number, x, y, r, attributes, ...children) {
    const shapes = [
      `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`, `M${x - r} ${y - r}h${2 * r}v${2 * r}h${-2 * r}z`,
      `M${x} ${y - 1.3 * r}l${1.2 * r} ${2.2 * r}h${-2.4 * r}z`, `M${x} ${y - 1.4 * r}l${1.4 * r} ${1.4 * r}l${-1.4 * r} ${1.4 * r}l${-1.4 * r} ${-1.4 * r}z`,
      `M${x} ${y + 1.3 * r}l${1.2 * r} ${-2.2 * r}h${-2.4 * r}z`, `M${x - r} ${y}h${2 * r}M${x} ${y - r}v${2 * r}`, `M${x - r} ${y - r}l${2 * r} ${2 * r}M${x - r} ${y + r}l${2 * r} ${-2 * r}`,
    ];
    const color = LINES[number % LINES.length];
    return svg("path", { d: shapes[number % shapes.length], fill: color, stroke: color, ...attributes }, children);
  }

  function curve(data, panel, width, paper) {
    const w = data.charts.words, height = paper ? 290 : Math.round(Math.min(Math.max(width * 0.5, 250), 340));
    const left = 46, right = 14, top = 40, bottom = 28;
    const plans = panel.lines.flatMap((line) => line.plan), shares = [...panel.lines.flatMap((line) => line.dots), ...plans].map((dot) => dot[2]);
    const high = Math.max(1, ...shares), low = Math.min(0, ...shares);
    const x = (day) => left + ((day - panel.from) / (panel.to - panel.from)) * (width - left - right);
    const y = (share) => top + ((high - share) / (high - low)) * (height - top - bottom);
    const parts = [told(panel.title)], words = layer([left + 2, 0, width, height - bottom]), labelled = new Set();

    const step = [0.25, 0.5, 1, 2, 5, 10, 100, 1000].find((one) => (high - low) / one <= 6) || high - low;
    for (let share = Math.ceil(low / step) * step; share <= high + 1e-9; share += step) {
      parts.push(svg("path", { class: share ? "grid" : "axis", d: `M${left} ${y(share)}H${width - right}` }), text(left - 6, y(share) + 4, `${Math.round(share * 100)}%`, { "text-anchor": "end" }));
    }
    const level = [0, 1, 2].find((one) => x(panel.from + [31, 92, 366][one]) - left > 54) ?? 3;
    const every = level < 3 ? 1 : Math.ceil(54 / (x(panel.from + 365) - left));
    panel.ticks.filter((tick) => tick[2] >= Math.min(level, 2)).forEach(([day, label], i) => {
      parts.push(svg("path", { class: "axis", d: `M${x(day)} ${height - bottom}v5` }));
      if (i % every === 0 && x(day) <= width - 20) parts.push(text(x(day), height - 8, label, { "text-anchor": "middle" }));
    });
    panel.closes.forEach(([day, label], i) => {
      parts.push(svg("path", { class: "close", d: `M${x(day)} ${14 + 14 * i}V${height - bottom}` }), text(x(day) - 4, 12 + 14 * i, label, { "text-anchor": "end" }));
      words.take(WORDS, [x(day) - 4 - wide(label), 14 * i, x(day), 14 + 14 * i]);
    });

    // Dots that would touch are drawn smaller.
    const steps = panel.lines.flatMap((line) => line.dots.slice(1).map((dot, i) => Math.hypot(x(dot[0]) - x(line.dots[i][0]), y(dot[2]) - y(line.dots[i][2]))));
    const r = Math.min(4, Math.max(2, Math.min(...steps) / 2 - 0.3)), marks = [];
    const around = (at, size) => words.take(MARK, [at[0] - size, at[1] - size, at[0] + size, at[1] + size]);
    const all = (row) => panel.rows[row].slice(0, 5).filter(Boolean).join(" · ");
    // The first line, the project's own, lies on top.
    [...panel.lines.entries()].reverse().forEach(([number, line]) => {
      const color = LINES[number % LINES.length], own = { stroke: color, class: line.main ? "step main" : "step" }, last = line.dots[line.dots.length - 1];
      if (line.plan.length > 1) parts.push(svg("path", { class: "plan", stroke: color, d: `M${line.plan.map((dot) => `${x(dot[0])} ${y(dot[2])}`).join("L")}` }));
      line.plan.forEach(([day, , share, row]) => {
        around([x(day), y(share)], 5);
        marks.push(mark(number, x(day), y(share), 4, { class: "target", fill: "var(--ground)" }, told(all(row))));
      });
      if (!last) return;
      // Only across and up: what is known holds until the next figure.
      parts.push(svg("path", { ...own, d: `M${x(line.dots[0][0])} ${y(line.dots[0][2])}${line.dots.slice(1).map((dot) => `H${x(dot[0])}V${y(dot[2])}`).join("")}` }));
      if (panel.until > last[0]) parts.push(svg("path", { ...own, class: `${own.class} held`, d: `M${x(last[0])} ${y(last[2])}H${x(panel.until)}` }));
      line.dots.forEach(([day, first, share, row, moved], i) => {
        const at = [x(day), y(share)], next = line.dots[i + 1], until = x(next ? next[0] : Math.max(panel.until, day));
        if (first < day) parts.push(svg("path", { class: "month", stroke: color, d: `M${x(first)} ${at[1]}H${at[0]}M${x(first)} ${at[1] - 3}v6` }));
        if (moved) marks.push(svg("circle", { class: "moved", cx: at[0], cy: at[1], r: r + 4 }));
        marks.push(mark(number, ...at, r, { class: "dot", role: "img", "aria-label": all(row) }, told(all(row))));
        around(at, r + 1);
        words.take(LINE, [x(first), at[1] - 1, until, at[1] + 1]);
        if (next) words.take(LINE, [until - 1, Math.min(at[1], y(next[2])), until + 1, Math.max(at[1], y(next[2]))]);
      });
    });
    // Both ends of each line first, the project's own before the others; then the last target, where the total changed,
    // the other targets and the rest, the newest before the older. What has no room is in the table.
    const labels = panel.lines.flatMap((line, number) => [
      ...line.dots.map(([day, , share, row, moved], i) => {
        const [, when, , percent] = panel.rows[row], end = !i || i === line.dots.length - 1, [head, ...rest] = moved.split(": ");
        const whole = moved ? [[percent, moved, when], [percent, `${head}:`, rest.join(": "), when]] : [];
        const rank = end ? (number ? 1 : 0) : moved ? 3 : line.dots.length <= FEW ? 5 : 6;
        return { day, share, rank, same: `${day} ${percent} ${moved}`, sayings: [...whole, [percent, when]], options: { gap: moved ? r + 8 : r + 5, must: end && line.main } };
      }),
      ...line.plan.map(([day, , share, row], i) => ({ day, share, rank: i === line.plan.length - 1 ? 2 : 4, same: `plan ${day} ${share}`, sayings: [[`${w.planned} ${panel.rows[row][3]}`, panel.rows[row][1]]], options: { name: "halo aim" } })),
    ]).filter((one) => one.rank < 6).sort((a, b) => a.rank - b.rank || b.day - a.day).map(({ day, share, same, sayings, options }) => {
      if (labelled.has(same)) return null; // two lines that meet
      labelled.add(same);
      return words.beside(x(day), y(share), sayings, options);
    });
    return svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": panel.title, class: "curve" }, parts, marks, labels);
  }

  function curves(data, one) {
    const w = data.charts.words;
    const figures = one.curves.map((panel) => el("figure", { class: "panel" }, el("figcaption", null, panel.title),
      drawn((width, paper) => curve(data, panel, width, paper)),
      el("ul", { class: "keys" }, panel.lines.map((line, number) => key([svg("path", { class: line.main ? "step main" : "step", stroke: LINES[number % LINES.length], d: "M0 7H36" }), mark(number, 18, 7, 4)], line.name)),
        key(svg("path", { class: "step held", stroke: "var(--edge)", d: "M0 7H36" }), w.held),
        panel.lines.some((line) => line.plan.length) ? key([svg("path", { class: "plan", stroke: "var(--ink)", d: "M0 7H36" }), mark(0, 18, 7, 4, { class: "target", fill: "var(--ground)" })], w.planned) : null,
        panel.lines.some((line) => line.dots.some((dot) => dot[4])) ? key(svg("circle", { class: "moved", cx: 18, cy: 7, r: 6 }), w.moved) : null),
      notes(panel.notes),
      asTable(w, panel.title, [panel.closes.length ? w.base : w.who, w.when, w.figure, w.share, w.remark, w.source],
        () => panel.rows.map((row) => [...row.slice(0, 5).map((cell) => said(cell)), sourcesOf(data, row[5])]))));
    return el("section", { class: "block charts", id: "curves" }, el("h2", null, w.curves), one.none.map((sentence) => el("p", { class: "none" }, sentence)), el("div", { class: "panels" }, figures));
  }

  // --- time and chainage -----------------------------------------------------------------------------------------------

  let made = 0; // patterns are named in the document as a whole

  function patterns() {
    const id = `chart${++made}-`, stripe = (level, size, ...inner) => svg("pattern", { id: id + level, width: size, height: size, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" }, svg("rect", { width: size, height: size, fill: "var(--ground)" }), inner);
    const fills = STRIPES.map((share, level) => stripe(level, 8, svg("rect", { width: share / 2, height: 8, fill: COLORS[level] })));
    fills.push(stripe(NO_TOTAL, 7, svg("circle", { cx: 3.5, cy: 3.5, r: 1.4, fill: COLORS[NO_TOTAL] })), stripe(NO_DATA, 9, svg("rect", { width: 1, height: 9, fill: "var(--strong)" })));
    return { defs: svg("defs", null, fills), fill: (level) => (level === COMPLETE ? COLORS[COMPLETE] : `url(#${id}${level})`) };
  }

  // What a run says in words: the share and the figure, or that there is none.
  function runWords(w, run) {
    const own = run[R.FIGURE] ? [run[R.SHARE] || w.no_total, run[R.FIGURE], run[R.WHEN]] : [w.no_data];
    return [...own, run[R.STALE] ? w.old : "", run[R.WHOLE] ? w.whole_stands : "", run[R.EXACT].length ? w.exact : ""].filter(Boolean).join(" · ");
  }

  function route(data, grid, number, width) {
    const w = data.charts.words, panel = grid.panels[number], rows = grid.rows.length, narrow = width < 600;
    const left = Math.max(74, 12 + Math.max(...grid.rows.map(([label]) => wide(label)))), right = grid.divided ? (narrow ? 58 : 92) : 10, top = 24, row = Math.min(30, Math.max(6, 600 / rows));
    const foot = top + row * rows, strip = panel.marks.length ? 30 : 4, height = foot + strip + 40, end = width - right - (grid.divided ? 8 : 0);
    const x = (metres) => left + ((metres - panel.from) / (panel.to - panel.from)) * (end - left), y = (stop) => top + row * stop;
    const { defs, fill } = patterns(), parts = [defs, told(`${w.grid}: ${panel.title}`)];
    const period = (run) => (run[R.END] - run[R.START] > 1 ? `${grid.rows[run[R.START]][0]} – ${grid.rows[run[R.END] - 1][0]}` : grid.rows[run[R.START]][0]);

    // One run of one stretch: a cell over its rows; a thin band where only the whole project's figure is known. What is
    // too narrow to be pointed at has no words: they are in the table.
    const labels = []; // over the lines between the rows
    function cell(name, run, from, to, { thin = run[R.WHOLE], inPlace = true, labelled = true } = {}) {
      const tall = row * (run[R.END] - run[R.START]), at = y(run[R.START]), exact = inPlace && run[R.EXACT].length > 0, fine = to - from < 4;
      const box = (name, top, height, filled) => svg("rect", { class: name, x: from, y: top, width: to - from, height, ...filled }, fine ? null : told(what));
      const what = fine ? "" : `${name} · ${period(run)}: ${runWords(w, run)}`;
      const look = { "data-class": run[R.CLASS], fill: fill(run[R.CLASS]) }, kind = `cell${run[R.STALE] ? " pale" : ""}${fine ? " fine" : ""}`;
      if (thin) for (let stop = run[R.START]; stop < run[R.END]; stop++) parts.push(box("under", y(stop), row), box(kind, y(stop) + row * 0.36, row * 0.28, look));
      else parts.push(exact || run[R.STALE] ? box("under", at, tall) : null, exact ? null : box(kind, at, tall, look));
      if (inPlace) parts.push(exactOf(run));
      const said = [run[R.SHARE] || run[R.FIGURE], run[R.WHEN]].filter(Boolean), words = [said.join(" · "), said[0]].find((one) => one && wide(one) + 6 <= to - from);
      if (!words || !labelled || thin || tall < 15) return;
      // Beside the stretches that are drawn where they are.
      const half = wide(words) / 2, hidden = (middle) => inPlace && run[R.EXACT].some(([on, a, b]) => on === number && x(a) < middle + half && middle - half < x(b));
      const middle = [(from + to) / 2, from + half + 3, to - half - 3].find((one) => !hidden(one)), line = at + Math.max(row, Math.min(tall, 16)) / 2;
      if (middle) labels.push(svg("rect", { class: "plate", x: middle - half, y: line - 8, width: 2 * half, height: 16, rx: 3 }), text(middle, line + 4, words, { "text-anchor": "middle" }));
    }
    const exactOf = (run) => run[R.EXACT].filter(([on]) => on === number).map(([, from, to]) => svg("rect", { class: "exact", x: x(from), y: y(run[R.START]), width: x(to) - x(from), height: row * (run[R.END] - run[R.START]), fill: COLORS[COMPLETE] }));

    const longest = new Map();
    for (const block of grid.panels.flatMap((one) => one.blocks)) {
      const best = longest.get(block[2]);
      if (!best || block[1] - block[0] > best[1] - best[0]) longest.set(block[2], block);
    }

    panel.gaps.forEach(([from, to]) => {
      const [a, b] = [x(from), x(to)];
      if (!grid.divided) return grid.whole.forEach((run) => cell(w.whole, run, a, b, { thin: false }));
      parts.push(svg("rect", { class: "gap", x: a, y: top, width: b - a, height: foot - top }, told(w.no_section)));
      if (wide(w.no_section) < b - a) parts.push(text((a + b) / 2, top - 8, w.no_section, { "text-anchor": "middle", class: "quiet" }));
    });
    panel.blocks.forEach((block) => {
      const [from, to, place] = block, [name, , beyond, runs] = grid.sections[place], [a, b] = [x(from), x(to)], short = `${place + 1}`, long = `${short}. ${name}`;
      if (beyond) parts.push(svg("rect", { class: "beyond", x: a, y: top, width: b - a, height: foot - top }, told(`${name}: ${w.beyond}`)), wide(w.beyond) < b - a ? text((a + b) / 2, (top + foot) / 2 + 4, w.beyond, { "text-anchor": "middle", class: "halo quiet" }) : null);
      // The figure is of the section as a whole: it stands once, on the longest of its stretches.
      else runs.forEach((run) => cell(name, run, a, b, { labelled: longest.get(place) === block }));
      if (b - a >= 4) parts.push(svg("path", { class: "edge", d: `M${a} ${top - 4}V${foot}M${b} ${top - 4}V${foot}` }));
      const head = [long, short].find((one) => wide(one) < b - a);
      if (head) parts.push(text((a + b) / 2, top - 8, head, { "text-anchor": "middle" }, told(name)));
    });
    grid.whole.forEach((run) => parts.push(exactOf(run)));
    if (grid.divided) {
      parts.push(text((width - right + width) / 2, top - 8, narrow ? w.whole_short : w.whole, { "text-anchor": "middle" }));
      grid.whole.forEach((run) => cell(w.whole, run, width - right, width - 1, { thin: false, inPlace: false }));
    }
    const every = Math.ceil(14 / row);
    grid.rows.forEach(([label], stop) => {
      if ((rows - 1 - stop) % every === 0) parts.push(text(left - 6, y(stop) + row / 2 + 4, label, { "text-anchor": "end", class: "row" }));
      if (row >= 10 && stop) parts.push(svg("path", { class: "between", d: `M${left} ${y(stop)}H${width - 1}` }));
    });
    parts.push(labels);
    let reached = -Infinity;
    panel.marks.forEach(([metres, place]) => {
      const at = x(metres), [what, where] = grid.issues[place];
      parts.push(svg("path", { class: "issue", d: `M${at} ${foot + 2}l5 9h-10z`, "data-issue": place, role: "img", "aria-label": `${what} · ${where}` }, told(`${what} · ${where}`)));
      if (at - reached > 16) parts.push(text(at, foot + 24, `${place + 1}`, { "text-anchor": "middle", class: "strong" }));
      if (at - reached > 16) reached = at;
    });
    const base = foot + strip;
    parts.push(svg("path", { class: "axis", d: `M${left} ${base}H${end}` }), text((left + end) / 2, height - 4, panel.axis, { "text-anchor": "middle", class: "quiet" }));
    const taken = [];
    [...panel.ticks].sort((a, b) => b[2] - a[2]).forEach(([metres, label, isEnd]) => {
      const half = wide(label) / 2, at = Math.min(Math.max(x(metres), left - 30 + half), end + (isEnd ? 6 : 0));
      parts.push(svg("path", { class: "axis", d: `M${x(metres)} ${base}v5` }));
      if (taken.some(([from, to]) => at - half - 8 < to && from < at + half + 8)) return;
      taken.push([at - half, at + half]);
      parts.push(text(at, base + 18, label, { "text-anchor": "middle", "data-m": metres }));
    });
    return svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": `${w.grid}: ${panel.title}`, class: "route" }, parts);
  }

  function legend(data, grid) {
    const w = data.charts.words, runs = [...grid.sections.filter((section) => !section[2]).flatMap((section) => section[3]), ...grid.whole], { defs, fill } = patterns();
    const levels = [0, 1, 2, 3, 4, 5, 6, 7].filter((level) => runs.some((run) => run[R.CLASS] === level));
    const names = [w.class0, w.class1, w.class2, w.class3, w.class4, w.class5, w.class6, w.class7];
    const swatch = (attributes) => svg("rect", { width: 36, height: 14, ...attributes });
    return el("ul", { class: "keys" },
      levels.map((level, i) => key([i ? null : defs, swatch({ class: "cell", fill: fill(level) })], names[level])),
      runs.some((run) => run[R.STALE]) ? key(swatch({ class: "cell pale", fill: COLORS[2] }), w.stale) : null,
      grid.sections.some((section) => section[3].some((run) => run[R.WHOLE])) ? key(svg("rect", { class: "cell", y: 5, width: 36, height: 4, fill: COLORS[2] }), w.by_whole) : null,
      runs.some((run) => run[R.EXACT].length) ? key(swatch({ fill: COLORS[COMPLETE] }), w.exact) : null,
      grid.sections.some((section) => section[2]) ? key(swatch({ class: "beyond" }), w.beyond) : null,
      grid.divided && grid.panels.some((panel) => panel.gaps.length) ? key(swatch({ class: "gap" }), w.no_section) : null);
  }

  function timeChainage(data, one) {
    const w = data.charts.words, grid = one.grid;
    if (!grid) return el("section", { class: "block charts", id: "time-chainage" }, el("h2", null, w.grid), el("p", { class: "none" }, one.none_grid));
    const period = (run) => (run[R.END] - run[R.START] > 1 ? `${grid.rows[run[R.START]][0]} – ${grid.rows[run[R.END] - 1][0]}` : `${grid.rows[run[R.START]][0]} (${grid.rows[run[R.START]][1]})`);
    const named = [...grid.sections.map(([name, , beyond, runs], i) => [`${i + 1}. ${name}`, beyond ? [] : runs]), [w.whole, grid.whole]];
    const [first, ...others] = grid.panels.map((panel, number) => el("figure", { class: "panel" }, el("figcaption", null, said(panel.title)), drawn((width) => route(data, grid, number, width)), notes(panel.notes)));
    return el("section", { class: "block charts", id: "time-chainage" }, el("div", { class: "lead" }, el("h2", null, w.grid), notes(grid.notes), legend(data, grid), first), others,
      el("ol", { class: "places" }, grid.sections.map(([name, extent, beyond]) => el("li", null, said(name), ": ", said(extent), beyond ? ` (${w.beyond})` : ""))),
      grid.issues.length ? el("ol", { class: "obstacles" }, grid.issues.map(([what, where, facts, status, sources, marked]) => el("li", null,
        marked ? "▲ " : "", said(what), " ", chip(...status), el("span", { class: "small" }, said(where), facts ? [" · ", said(facts)] : null, " ", sourcesOf(data, sources))))) : null,
      asTable(w, w.grid, [w.section, w.periods, w.stages, w.source],
        () => named.flatMap(([name, runs]) => (runs.length ? runs.map((run) => [said(name), period(run), runWords(w, run), sourcesOf(data, run[R.SOURCES])]) : [[said(name), "", w.beyond, ""]]))));
  }

  lsinfra.charts = (data, number) => [curves(data, data.charts.projects[number]), timeChainage(data, data.charts.projects[number])];
})();
