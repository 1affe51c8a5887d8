// The data of the page: columns of actors and edges, and the sentences, which are read when first asked for.

const {actors, edges, periods, author} = JSON.parse(document.getElementById("network-data").textContent);
const LEAN = 0.2;  // from this stance on, "supports" or "opposes" is said
const STANCES = ["support", "neutral", "oppose"];
const COUNT = edges.actor.length;
const rowsByPeriod = periods.map(() => []);
for (let row = 0; row < COUNT; row += 1) {
  rowsByPeriod[edges.period[row]].push(row);
}
const numberOfName = new Map(actors.name.map((name, number) => [name, number]));
const rowsOfPair = new Map();
for (let row = 0; row < COUNT; row += 1) {
  const key = `${edges.actor[row]} ${edges.target[row]}`;
  rowsOfPair.set(key, [...(rowsOfPair.get(key) ?? []), row]);
}
let sentences = null;

const strength = (row) => Math.abs(edges.support[row] - edges.oppose[row]);
const storiesOf = (rows) => rows.reduce((sum, row) => sum + edges.stories[row], 0);
const lean = (row) => (edges.mean[row] >= LEAN ? "support" : edges.mean[row] <= -LEAN ? "oppose" : "mixed");

function byStrength(rows) {
  return [...rows].sort((a, b) => strength(b) - strength(a) || edges.stories[b] - edges.stories[a] || a - b);
}

function pairRows(actor, target) {
  return rowsOfPair.get(`${actor} ${target}`) ?? [];
}

function rowOf(actor, target, period) {
  return pairRows(actor, target).find((row) => edges.period[row] === period);
}

function evidenceOf(row) {
  sentences ??= JSON.parse(document.getElementById("evidence-data").textContent);
  return sentences.edges[row].map((place) => {
    const [text, actorSpan, targetSpan, stance, support, oppose, sure, source] = sentences.rows[place];
    const [outlet, published, speaker, url] = sentences.sources[source];
    return {text: sentences.texts[text], actorSpan, targetSpan, stance: STANCES[stance], support, oppose, sure, outlet, published, speaker, url};
  });
}

const isSure = {
  "": () => true,
  one: (row) => edges.confident[row] > 0,
  half: (row) => edges.confident[row] * 2 >= edges.stories[row],
  interval: (row) => edges.low[row] !== null && (edges.low[row] > 0 || edges.high[row] < 0),
};

// A full name means that actor alone; anything else, all names that hold it.
function searched(wanted) {
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  if (!wanted) {
    return () => true;
  }
  const exact = numberOfName.get(wanted);
  const hits = new Set(exact === undefined ? [] : [exact]);
  if (exact === undefined) {
    actors.name.forEach((name, number) => plain(name).includes(plain(wanted)) && hits.add(number));
  }
  return (row) => hits.has(edges.actor[row]) || hits.has(edges.target[row]);
}

function rowsWith({search, period, actorKind, targetKind, confidence, minStories}) {
  const isFound = searched(search.trim());
  return rowsByPeriod[period].filter((row) => edges.stories[row] >= minStories
    && (!actorKind || actors.kind[edges.actor[row]] === actorKind)
    && (!targetKind || actors.kind[edges.target[row]] === targetKind)
    && isSure[confidence](row) && isFound(row));
}
