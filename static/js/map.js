/* Maps ask nobody for anything until a visitor does; what was pressed holds for this page alone. */
const CROWD = 36; // pixels: places nearer to each other share a pin
const moves = !matchMedia("(prefers-reduced-motion: reduce)").matches;
const maps = new Map();
let lines; // of the plain map
let wanted; // the last press

const part = (figure, name) => figure.querySelector(`[data-map-${name}]`);
const make = (tag, attributes) => Object.assign(document.createElement(tag), attributes);

function say(figure, words, value) {
  part(figure, "said").textContent = words.replace("{}", value);
}

async function open(figure, act) {
  const data = JSON.parse(figure.dataset.map);
  wanted = act;
  try {
    await import(data.script);
    lines ??= await (await fetch(data.outline)).json();
  } catch {
    say(figure, data.words.failed);
    return;
  }
  if (!maps.has(figure)) maps.set(figure, build(figure, data));
  if (data.tiles && (act === "tiles" || !data.host)) cover(figure, data);
}

function build(figure, data) {
  const stage = make("div", { className: "map__stage", role: "region", ariaLabel: data.label });
  figure.querySelector(".map__drawing")?.remove();
  part(figure, "scale")?.remove();
  part(figure, "act=move").hidden = true;
  figure.prepend(make("link", { rel: "stylesheet", href: data.sheet }), stage);
  const map = L.map(stage, {
    attributionControl: false, zoomControl: false, scrollWheelZoom: false, minZoom: 4, maxZoom: data.zoom,
    fadeAnimation: moves, zoomAnimation: moves, inertia: moves,
  });
  map.fitBounds(data.bounds, { animate: false });
  map.on("focus", () => map.scrollWheelZoom.enable()).on("blur", () => map.scrollWheelZoom.disable());
  L.control.zoom({ position: "bottomright", zoomInTitle: data.words.in, zoomOutTitle: data.words.out }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  const net = L.gridLayer({ className: "map__squares" });
  net.createTile = () => make("div");
  const line = (className) => ({ interactive: false, className });
  map.plain = L.layerGroup([
    net, L.polygon(lines.country, line("map__country")), L.polyline(lines.around, line("map__border")),
  ]).addTo(map);
  stage.addEventListener("keydown", (event) => {
    if (event.key === "Escape") map.closePopup();
    if (event.key !== " " || !event.target.matches(".map__pin")) return;
    event.preventDefault();
    event.target.click();
  });
  if (data.marks) letMark(figure, map, data);
  else pinAll(map, data);
  return map;
}

function cover(figure, { tiles, zoom, places }) {
  const map = maps.get(figure);
  map.plain.remove();
  L.tileLayer(tiles, { maxZoom: zoom }).addTo(map);
  if (places.length === 1) map.setView(places[0].slice(0, 2), Math.min(14, zoom));
  part(figure, "source").hidden = false;
  part(figure, "warning")?.remove();
  part(figure, "ways").remove();
}

function pin(at, name, number, interactive = true) {
  const icon = L.divIcon({ className: "map__pin", html: number, iconSize: [32, 32] });
  const marker = L.marker(at, { icon, title: name, interactive, keyboard: interactive });
  const role = interactive ? "button" : "img";
  return marker.on("add", () => Object.assign(marker.getElement(), { ariaLabel: name, role }));
}

function pinAll(map, { places, words }) {
  const pins = L.layerGroup().addTo(map);
  const gather = () => {
    const groups = [];
    for (const place of places) {
      const at = map.project(place.slice(0, 2));
      const near = groups.find((group) => group.at.distanceTo(at) < CROWD);
      if (near) near.places.push(place);
      else groups.push({ at, places: [place] });
    }
    pins.clearLayers();
    for (const { places: some } of groups) {
      const [first, next] = some;
      pin(first.slice(0, 2), next ? words.many.replace("{}", some.length) : first[2], next ? some.length : "")
        .bindPopup(() => list(some), { maxHeight: 240, maxWidth: Math.min(map.getSize().x - 110, 300) }).addTo(pins);
    }
  };
  map.on("zoomend", gather);
  map.on("popupopen", ({ popup }) => {
    const close = popup.getElement().querySelector(".leaflet-popup-close-button");
    close.ariaLabel = words.close;
    (popup.getElement().querySelector("li a") ?? close).focus();
  });
  map.on("popupclose", ({ popup }) => {
    const held = document.activeElement;
    if (held === document.body || popup.getElement().contains(held)) popup._source?.getElement()?.focus();
  });
  gather();
}

function list(places) {
  const box = make("ul");
  for (const [, , name, href, note] of places) {
    const line = make("li");
    line.append(href ? make("a", { href, textContent: name }) : name);
    if (note) line.append(make("p", { textContent: note }));
    box.append(line);
  }
  return box;
}

function letMark(figure, map, { words }) {
  const fields = [...document.querySelectorAll(`[data-map-field="${figure.id}"]`)];
  const mark = pin([0, 0], words.mark, "", false);
  const comma = (1.5).toLocaleString(document.documentElement.lang)[1];
  const look = () => {
    const at = fields.map(({ value }) => parseFloat(value.replace(",", ".")));
    if (at.some(Number.isNaN)) mark.remove();
    else mark.setLatLng(at).addTo(map);
  };
  map.set = (at) => {
    const texts = [at?.lat, at?.lng].map((number) => number?.toFixed(5).replace(".", comma) ?? "");
    fields.forEach((field, index) => { field.value = texts[index]; });
    fields[0].dispatchEvent(new Event("input", { bubbles: true }));
    look();
    say(figure, at ? words.marked : words.unmarked, texts.join("; "));
  };
  map.on("click", ({ latlng }) => map.set(latlng));
  for (const field of fields) field.addEventListener("change", look);
  look();
  if (map.hasLayer(mark)) map.setView(mark.getLatLng(), 8, { animate: false });
  map.getContainer().classList.add("map__stage--marks");
  part(figure, "marks").hidden = false;
}

document.addEventListener("click", ({ target }) => {
  const act = target.closest?.("[data-map-act]")?.dataset.mapAct;
  const figure = act && target.closest("[data-map]");
  if (!figure) return;
  const map = maps.get(figure);
  if (act === "middle") map.set(map.getCenter());
  else if (act === "clear") map.set();
  else open(figure, act).then(() => figure.querySelector(".map__stage")?.focus({ preventScroll: true }));
});

function wake() {
  maps.forEach((map, figure) => !figure.isConnected && maps.delete(figure) && map.remove());
  for (const figure of document.querySelectorAll("[data-map]")) {
    if (maps.has(figure)) continue;
    for (const piece of figure.querySelectorAll(":is([data-map-ways], [data-map-warning])")) piece.hidden = false;
    if (wanted && !part(figure, "marks")) open(figure, wanted);
  }
}

document.addEventListener("htmx:after:swap", wake);
wake();
