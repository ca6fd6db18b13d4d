// The page around the map: its head, project cards, tables, folding. Texts come ready from the data.
(() => {
  const { el, said, chip } = lsinfra;
  lsinfra.page = true;

  const put = (id, ...children) => document.getElementById(id).append(...children.flat(Infinity).filter(Boolean));

  function head(data) {
    const page = data.page;
    document.title = `${page.title} · ${page.as_of}`;
    const title = document.getElementById("title");
    title.replaceChildren(said(page.title));
    if (page.above) title.before(el("p", { class: "above" }, said(page.above)));
    put("as-of", page.as_of, lsinfra.opened(data));
    if (page.above) document.querySelector("main").classList.add("one");
    put("nav", page.nav.map(([text, href]) => el("a", { href }, text)));
    put("summary", lsinfra.summary(data));
  }

  // Of many projects only the headline stands open, and the cards of the first are made before the map is seen.
  const OPEN = 6, FIRST = 12;

  function projects(data, first, after) {
    const w = data.words, folded = (inside) => {
      if (data.projects.length <= OPEN) return inside();
      const made = el("details", { class: "folded" }, el("summary", null, w.stages_money));
      made.addEventListener("toggle", () => made.append(...inside().flat(Infinity)), { once: true });
      return made;
    };
    put("projects", data.projects.slice(first, after).map((project, place) => {
      const number = first + place, href = data.page.pages[number];
      return el("article", { class: "project", id: `project-${project.id}` },
        el("div", { class: "lead" }, el("h2", null, href ? el("a", { href }, said(project.title)) : said(project.title)),
          lsinfra.facts(data, project),
          el("h3", null, w.land), lsinfra.projectHead(data, project)),
        folded(() => [lsinfra.ladder(data, number, null),
          el("div", { class: "lead" }, el("h3", null, w.disbursement), lsinfra.money(data, number))]),
        said(project.note, { class: "note" }),
        project.line.length ? el("p", { class: "links" }, el("button", { type: "button", onclick: () => show("project", number) }, w.see_map)) : el("p", { class: "links none" }, w.not_drawn));
    }));
  }

  const drawn = (data) => data.quiet.length || data.spots.length || data.projects.some((one) => one.line.length);

  function show(kind, number) {
    if (!lsinfra.drawn.show(kind, number)) return lsinfra.drawn.pick(kind, number); // without a line it is lit where it stands
    document.getElementById("map").scrollIntoView({ block: "nearest" });
  }

  // --- folding -------------------------------------------------------------------------------------------

  const folds = () => [...document.querySelectorAll("details.fold")];

  // Where an address leads is opened first, be it a block or something inside of one.
  function unfold(hash) {
    const id = lsinfra.plain(hash.slice(1));
    lsinfra.tables.reveal(id);
    const target = document.getElementById(id), block = target && target.closest(".block");
    if (!block) return;
    block.querySelectorAll(".fold").forEach((one) => { one.open = true; });
    target.scrollIntoView();
  }

  function folding() {
    lsinfra.phone.addEventListener("change", () => { if (!document.documentElement.classList.contains("printing")) folds().forEach((one) => { one.open = !lsinfra.phone.matches; }); });
    document.addEventListener("click", (event) => {
      const link = event.target.closest && event.target.closest('a[href^="#"]');
      if (link) unfold(link.hash);
    });
    window.addEventListener("hashchange", () => unfold(location.hash));
    unfold(location.hash);
  }

  const reports = ({ page, words }) => (page.reports.length ? el("section", { class: "block", id: "reports" },
    el("h2", null, words.reports), el("p", { class: "about" }, words.about_reports),
    el("ul", { class: "reports" }, page.reports.map(([text, href]) => el("li", null, el("a", { href }, text))))) : null);

  function dates(data) {
    const { title, note, rows } = data.dates;
    document.title = title;
    document.getElementById("title").replaceChildren(title);
    put("below", el("p", { class: "about" }, note),
      el("ol", { class: "date-list" }, rows.map(([text, href], i) => el("li", null, el("a", { href }, text), i ? null : chip("current", data.words.newest)))));
  }

  // The next frame has been shown; a page that nobody looks at has none.
  const frame = () => new Promise((done) => { if (document.hidden) setTimeout(done); else requestAnimationFrame(() => setTimeout(done)); });

  // The whole layer in view, once for each size of the map: what somebody has moved since stays where it is.
  let fitted = "";
  function fit() {
    const { offsetWidth, offsetHeight } = document.querySelector("#map .leaflet-container"), size = `${offsetWidth} ${offsetHeight}`;
    if (size !== fitted) lsinfra.drawn.fit();
    fitted = size;
  }

  document.addEventListener("DOMContentLoaded", async () => {
    try {
      const data = await lsinfra.data();
      if (data.dates) dates(data);
      else {
        // The sources first, so that every reference finds where it leads; they stand last on the page.
        const { sources, progress, disbursement, other, scrolling } = lsinfra.tables;
        put("below", reports(data), sources(data));
        head(data);
        projects(data, 0, FIRST);
        document.querySelector(".middle").classList.toggle("bare", !drawn(data));
        // Many rows wait until the map is seen.
        const long = data.rows.length > lsinfra.tables.LONG;
        if (long) {
          await lsinfra.drawn.ready;
          fit();
          await frame();
        }
        projects(data, FIRST);
        const below = document.getElementById("below"), end = below.firstChild, charts = () => (data.charts ? lsinfra.charts(data, 0) : []);
        for (const make of [charts, () => progress(data, show), () => disbursement(data), ...data.page.tables.map((one) => () => other(data, one))]) {
          [make()].flat().forEach((one) => below.insertBefore(one, end));
          if (long) await frame(); // the map can be moved between two tables
        }
        scrolling();
        await lsinfra.drawn.ready;
        // What stands above the map has its height only now.
        fit();
        folding();
        lsinfra.drawn.follow();
        lsinfra.paper(data);
      }
      document.documentElement.dataset.ready = "true";
    } catch (error) { lsinfra.broken(error); }
  });
})();
