// How old a page has become, by the clock of who opens it; everything else on it stays as of its date.
(() => {
  const { el, chip, clock, fill } = lsinfra;
  const DAY = 86400000;
  const two = (number) => String(number).padStart(2, "0");

  // As dates.py writes a day.
  const written = (now, lang) => (lang === "vi"
    ? `${two(now.getDate())}/${now.getMonth() < 2 ? two(now.getMonth() + 1) : now.getMonth() + 1}/${now.getFullYear()}`
    : now.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" }));

  // The line of the head; none where the newest figure is not old, or the clock stands before the page's date.
  function opened(data) {
    if (!data.page.clock) return null;
    const w = data.words, [date, newest, limit] = data.page.clock, now = new Date();
    const today = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
    if (today <= date) return null;
    const day = written(now, data.lang), days = (Date.parse(today) - Date.parse(newest)) / DAY;
    Object.assign(clock, { today, overdue: fill(w.overdue, { day }) });
    return days > limit ? el("span", { class: "opened" }, fill(w.opened, { day, days: days.toLocaleString(data.lang) })) : null;
  }

  // The mark of a due day that has passed since the page's date: an obstacle's, or with a mark of its own a figure's.
  const passed = ([due, kind, text] = []) => (due < clock.today ? chip(kind || "doubt", text || clock.overdue) : null);

  Object.assign(lsinfra, { opened, passed });
})();
