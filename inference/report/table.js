// All pairs as a table that sorts by any column and shows so many at a time.

const PAGE = 50;
const compareText = new Intl.Collator("en").compare;
const COLUMNS = [
  {title: "Actor", value: (row) => nameOf(edges.actor[row]), text: true},
  {title: "Target", value: (row) => nameOf(edges.target[row]), text: true},
  {title: "Stories", value: (row) => edges.stories[row]},
  {title: "Stance", value: (row) => edges.mean[row]},
  {title: "Strength", value: strength, less: true, hint: "support less opposition, in stories"},
  {title: "Support, neutral, oppose", value: (row) => edges.support[row] / edges.stories[row], less: true},
  {title: "Sure", value: (row) => edges.confident[row], less: true, hint: "stories with an answer that the model is sure of"},
  {title: "Change", value: (row) => edges.change[row] ?? -Infinity, less: true, hint: "since the period before"},
];

function cellsOf(row) {
  const stance = [element("span", {class: `stance ${lean(row)}`}, signed(edges.mean[row])), element("br"), element("small", {}, within(edges.low[row], edges.high[row]))];
  const change = edges.change[row] === null ? ["\u2013"] : [signed(edges.change[row]), element("br"), element("small", {}, within(edges.change_low[row], edges.change_high[row]))];
  const actor = element("button", {type: "button", "aria-label": pairInWords(row)}, nameOf(edges.actor[row]));
  return [[actor], [nameOf(edges.target[row])], [whole(edges.stories[row])], stance, [strength(row).toFixed(1)], [stanceBar(row)], [whole(edges.confident[row])], change];
}

class PairTable {
  constructor(table, {onPair, onPage}) {
    this.table = table;
    this.onPage = onPage;
    this.sort = {column: 4, down: true};
    this.page = 0;
    this.rows = [];
    this.heads = COLUMNS.map((column, index) => this.head(column, index));
    table.tHead.replaceChildren(element("tr", {}, ...this.heads));
    table.tBodies[0].addEventListener("click", (event) => {
      const line = event.target.closest("tr");
      if (line) {
        onPair(Number(line.dataset.row));
      }
    });
  }

  head({title, hint, less}, index) {
    const button = element("button", {type: "button", title: hint ?? ""}, title);
    button.addEventListener("click", () => this.sortBy(index));
    return element("th", {scope: "col", class: less ? "less" : ""}, button);
  }

  sortBy(column) {
    const down = this.sort.column === column ? !this.sort.down : !COLUMNS[column].text;
    this.sort = {column, down};
    this.update(this.rows);
  }

  update(rows) {
    const {column, down} = this.sort, {value, text} = COLUMNS[column], way = down ? -1 : 1;
    const compare = text ? compareText : (a, b) => (a === b ? 0 : a - b);
    this.rows = rows.map((row) => [value(row), row]).sort((a, b) => way * compare(a[0], b[0]) || a[1] - b[1]).map(([, row]) => row);
    this.heads.forEach((head, index) => head.setAttribute("aria-sort", index !== column ? "none" : down ? "descending" : "ascending"));
    this.heads.forEach((head, index) => { head.firstChild.textContent = COLUMNS[index].title + (index !== column ? "" : down ? " \u25bc" : " \u25b2"); });
    this.turn(0);
  }

  turn(page) {
    this.page = Math.max(0, Math.min(page, this.pages - 1));
    const lines = this.rows.slice(this.page * PAGE, (this.page + 1) * PAGE).map((row) => {
      const line = element("tr", {}, ...cellsOf(row).map((content, index) => element("td", {class: COLUMNS[index].less ? "less" : ""}, ...content)));
      line.dataset.row = row;
      return line;
    });
    this.table.tBodies[0].replaceChildren(...lines);
    this.onPage(this.page, this.pages);
  }

  get pages() {
    return Math.max(1, Math.ceil(this.rows.length / PAGE));
  }
}
