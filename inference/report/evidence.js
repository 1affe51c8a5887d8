// The figures of a pair and the sentences that they rest on, with actor and target marked.

// Spans count characters, not the UTF-16 units of a JavaScript string.
function markedSentence({text, actorSpan, targetSpan}) {
  const characters = Array.from(text);
  const spans = [["actor", actorSpan], ["target", targetSpan]].filter(([, span]) => span);
  const cuts = [...new Set([0, characters.length, ...spans.flatMap(([, span]) => span)])].sort((a, b) => a - b);
  const pieces = cuts.slice(1).map((end, place) => {
    const piece = characters.slice(cuts[place], end).join("");
    const roles = spans.filter(([, [first, last]]) => first <= cuts[place] && end <= last).map(([role]) => role);
    return roles.length ? element("mark", {class: roles.join(" "), title: roles.join(" and ")}, piece) : piece;
  });
  return element("p", {class: "sentence"}, ...pieces);
}

function sourceLine(one) {
  const certainty = `support ${one.support.toFixed(2)}, oppose ${one.oppose.toFixed(2)}${one.sure ? "" : ", not sure"}`;
  const said = [one.outlet, one.published, one.speaker && `said by ${one.speaker}`, certainty].filter(Boolean).join(" \u00b7 ");
  const link = one.url ? [" \u00b7 ", element("a", {href: one.url, rel: "noopener noreferrer", target: "_blank"}, "article")] : [];
  return element("p", {class: "source"}, said, ...link);
}

function evidenceList(row) {
  const found = evidenceOf(row);
  const shown = `${whole(found.length)} of ${plural(edges.sentences[row], "sentence", "sentences")}, the clearest of different stories first. `;
  const key = element("p", {class: "source"}, shown, element("mark", {class: "actor"}, "actor"), " ", element("mark", {class: "target"}, "target"));
  const items = found.map((one) => element("li", {class: one.stance}, markedSentence(one), sourceLine(one)));
  return [element("h3", {}, "Evidence"), key, element("ol", {}, ...items)];
}

function pairFigures(row) {
  const change = edges.change[row] === null ? [] : [["Change", `${signed(edges.change[row])} since the period before (${within(edges.change_low[row], edges.change_high[row])})`]];
  const facts = [
    ["Period", periodInWords(edges.period[row])],
    ["Rests on", `${plural(edges.stories[row], "story", "stories")}, ${plural(edges.sentences[row], "sentence", "sentences")}, ${plural(edges.outlets[row], "named outlet", "named outlets")}`],
    ["Sure", `${whole(edges.confident[row])} of ${plural(edges.stories[row], "story", "stories")}`],
    ["Stories expected", STANCES.map((stance) => `${stance} ${edges[stance][row].toFixed(1)}`).join(", ")],
    ...change,
  ];
  const lines = facts.flatMap(([term, words]) => [element("dt", {}, term), element("dd", {}, words)]);
  const stance = element("span", {class: `stance ${lean(row)}`}, `${verb(row)} ${signed(edges.mean[row])}`);
  const interval = element("small", {}, ` 95% interval ${within(edges.low[row], edges.high[row])}`);
  return [element("p", {}, stance, interval), stanceBar(row), element("dl", {}, ...lines)];
}
