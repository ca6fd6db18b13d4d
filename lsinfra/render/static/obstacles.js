// Obstacles that are open and of a published chainage, where that lies on the drawn line. They are of the page's own
// date: on the map of an earlier day there is none.
(() => {
  const { el, said, chip, point, reference } = lsinfra;
  const SIZE = 24; // pixels, as much as a finger needs

  const obstructing = {
    _obstacles(data) {
      this._barriers = L.layerGroup();
      data.obstacles.forEach(([lat, lon, place, text]) => {
        const at = point([lat, lon]), html = el("span", { "aria-hidden": "true" }, "!");
        const marker = L.marker(at, { icon: L.divIcon({ className: "obstacle", html, iconSize: [SIZE, SIZE] }), keyboard: false });
        // Where the map is too small to tell two of them apart, one click tells of both.
        const open = () => {
          this._open(at, told(data, data.obstacles.filter((other) => this._apart(at, point(other)) < SIZE)), marker);
          this.pick();
        };
        marker.on("add", () => {
          const made = marker.getElement();
          Object.entries({ role: "button", tabindex: "0", "aria-label": `${data.words.obstacle}: ${place}: ${text}` }).forEach(([name, value]) => made.setAttribute(name, value));
          made.onkeydown = (event) => {
            if (event.key !== "Enter" && event.key !== " ") return;
            event.preventDefault();
            event.stopPropagation();
            open();
          };
        }).on("click", (event) => {
          L.DomEvent.stop(event);
          open();
        });
        this._barriers.addLayer(marker);
      });
    },

    _stand() {
      if (this._now() !== this.hasLayer(this._barriers)) this[this._now() ? "addLayer" : "removeLayer"](this._barriers);
    },
  };

  const told = (data, some) => el("article", { class: "card-pop", role: "dialog", tabindex: "-1", "aria-label": some.map((one) => one[3]).join("; ") },
    some.map(([, , place, text, facts, state, sources]) => el("section", { class: "work" }, el("h3", null, said(text)), el("p", { class: "sub" }, said(place)),
      el("p", { class: "sub" }, said(facts), " ", sources.map((number) => [reference(data, number), " "]), chip(...state)))));

  Object.assign(lsinfra, { obstructing });
})();
