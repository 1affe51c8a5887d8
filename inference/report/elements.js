// Elements and words. All text goes in as text: nothing from an article is ever read as HTML.

const byId = (id) => document.getElementById(id);

function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "class") {
      made.className = value;
    } else if (name in made) {
      made[name] = value;
    } else {
      made.setAttribute(name, value);
    }
  }
  made.append(...children);
  return made;
}

const whole = (number) => number.toLocaleString("en-US");
const plural = (number, one, many) => `${whole(number)} ${number === 1 ? one : many}`;
const signed = (value, places = 2) => (value < 0 ? "\u2212" : "+") + Math.abs(value).toFixed(places);
const within = (low, high) => (low === null ? "too few stories" : `${signed(low)} to ${signed(high)}`);
const periodInWords = (period) => ({all: "all time", undated: "stories without a date"})[periods[period].name] ?? periods[period].name;
const verb = (row) => ({support: "supports", oppose: "opposes", mixed: "mixed or neutral"})[lean(row)];
const nameOf = (number) => actors.name[number];

function pairInWords(row) {
  return `${nameOf(edges.actor[row])} \u2192 ${nameOf(edges.target[row])}: ${verb(row)}, ${signed(edges.mean[row])}, ${plural(edges.stories[row], "story", "stories")}`;
}

function stanceBar(row) {
  const parts = STANCES.map((stance) => {
    const part = element("i", {class: stance});
    part.style.width = `${(100 * edges[stance][row]) / edges.stories[row]}%`;
    return part;
  });
  const words = STANCES.map((stance) => `${stance} ${edges[stance][row].toFixed(1)}`).join(", ");
  return element("span", {class: "bar", role: "img", "aria-label": `stories expected: ${words}`, title: words}, ...parts);
}
