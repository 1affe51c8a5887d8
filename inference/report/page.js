// The controls, and what they change.

const field = (id, otherwise = "") => byId(id)?.value ?? otherwise;
const allTime = 0;
let shownPair = null;

function filters() {
  return {
    search: field("search"), actorKind: field("actor-kind"), targetKind: field("target-kind"), confidence: field("confidence"),
    period: periods.findIndex((one) => one.name === field("period", "all")), minStories: Math.max(1, Number(field("min-stories", "1")) || 1),
  };
}

function showPair(actor, target, {move = true} = {}) {
  const {period} = filters();
  const row = rowOf(actor, target, period) ?? rowOf(actor, target, allTime);
  shownPair = row === undefined ? null : [actor, target];
  byId("pair-title").textContent = `${nameOf(actor)} \u2192 ${nameOf(target)}`;
  [byId("pick-actor").value, byId("pick-target").value] = [nameOf(actor), nameOf(target)];
  network.mark(row ?? null);
  document.querySelectorAll(".chosen").forEach((one) => one.classList.remove("chosen"));
  document.querySelectorAll(`tr[data-row="${row}"]`).forEach((one) => one.classList.add("chosen"));
  if (row === undefined) {
    byId("pair-figures").replaceChildren(element("p", {}, "No story says anything of this pair."));
    [byId("timeline"), byId("evidence")].forEach((place) => place.replaceChildren());
  } else {
    byId("pair-figures").replaceChildren(...pairFigures(row), ...reverseLink(actor, target));
    byId("evidence").replaceChildren(...evidenceList(row));
    drawTimeline(byId("timeline"), actor, target);
  }
  if (move) {
    byId("pair").focus({preventScroll: true});
    byId("pair").scrollIntoView({block: "nearest"});
  }
}

function reverseLink(actor, target) {
  const back = rowOf(target, actor, allTime);
  if (back === undefined || actor === target) {
    return [];
  }
  const button = element("button", {type: "button"}, `The other way: ${nameOf(target)} \u2192 ${nameOf(actor)} (${signed(edges.mean[back])})`);
  button.addEventListener("click", () => showPair(target, actor, {move: false}));
  return [button];
}

const showRow = (row) => showPair(edges.actor[row], edges.target[row]);

function searchFor(name) {
  byId("search").value = name;
  apply();
}

const network = new Network(byId("network"), {onTie: showRow, onActor: (number) => searchFor(field("search") === nameOf(number) ? "" : nameOf(number))});
const table = new PairTable(byId("table"), {
  onPair: showRow,
  onPage: (page, pages) => {
    byId("table-page").textContent = `page ${whole(page + 1)} of ${whole(pages)}`;
    byId("previous").disabled = page === 0;
    byId("next").disabled = page === pages - 1;
  },
});

function apply() {
  const chosen = filters(), rows = rowsWith(chosen), when = periodInWords(chosen.period);
  const drawn = network.update(rows, Number(field("network-size")));
  const matrix = drawMatrix(byId("matrix"), rows, Number(field("matrix-size")));
  table.update(rows);
  const rest = (stories) => `on ${plural(stories, "story", "stories")}, each counted once for a pair`;
  byId("status").textContent = `${plural(rows.length, "pair", "pairs")} of ${whole(rowsByPeriod[chosen.period].length)}, ${when}, ${rest(storiesOf(rows))}.`;
  byId("network-status").textContent = `The strongest ${whole(drawn.drawn)} of ${plural(drawn.ties, "tie", "ties")}, ${plural(drawn.actors, "actor or target", "actors and targets")}, ${when}, ${rest(drawn.stories)}.`;
  byId("matrix-status").textContent = `The strongest ${whole(matrix.actors)} actors (rows) and ${whole(matrix.targets)} targets, ${when}: stance and stories of ${plural(matrix.pairs, "pair", "pairs")}, ${rest(matrix.stories)}.`;
  byId("table-status").textContent = `${plural(rows.length, "pair", "pairs")}, ${when}, ${rest(storiesOf(rows))}.`;
  if (shownPair) {
    showPair(...shownPair, {move: false});
  }
}

let waiting;
byId("filters").addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(apply, 120); });
byId("filters").addEventListener("reset", () => setTimeout(apply));
byId("filters").addEventListener("submit", (event) => event.preventDefault());
byId("network-size").addEventListener("change", apply);
byId("matrix-size").addEventListener("change", apply);
byId("zoom-in").addEventListener("click", () => network.zoom(0.7));
byId("zoom-out").addEventListener("click", () => network.zoom(1 / 0.7));
byId("zoom-fit").addEventListener("click", () => network.fit());
byId("previous").addEventListener("click", () => table.turn(table.page - 1));
byId("next").addEventListener("click", () => table.turn(table.page + 1));
byId("matrix").addEventListener("keydown", moveInMatrix);
byId("matrix").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) {
    showRow(Number(button.dataset.row));
  }
});
byId("pick").addEventListener("submit", (event) => {
  event.preventDefault();
  const [actor, target] = ["pick-actor", "pick-target"].map((id) => numberOfName.get(field(id).trim()));
  if (actor !== undefined && target !== undefined) {
    showPair(actor, target);
  } else {
    byId("pair-figures").replaceChildren(element("p", {}, "Choose both names from the list."));
  }
});
document.querySelectorAll("button.name").forEach((button) => button.addEventListener("click", () => searchFor(button.dataset.name)));
byId("names").append(...actors.name.map((name) => element("option", {value: name})));
if (matchMedia("(max-width: 40rem)").matches) {
  [byId("network-size").value, byId("matrix-size").value] = ["25", "10"];
}
apply();
network.ready.then(() => requestAnimationFrame(() => requestAnimationFrame(() => {
  performance.mark("network-drawn");
  document.documentElement.dataset.drawn = "yes";
})));
