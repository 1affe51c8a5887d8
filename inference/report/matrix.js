// Actors by targets as a table: colour, sign and stories in each cell. Arrow keys move between the cells.

function strongest(rows, side, most) {
  const sums = new Map();
  rows.forEach((row) => sums.set(edges[side][row], (sums.get(edges[side][row]) ?? 0) + strength(row) + edges.stories[row] / 1000));
  return [...sums].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, most).map(([number]) => number);
}

function shade(mean) {
  const rgb = mean > 0 ? [0, 99, 166] : [196, 80, 10];
  const share = Math.min(1, Math.abs(mean)) ** 0.8;
  return {background: `rgba(${rgb.join(",")},${share.toFixed(2)})`, ink: share > 0.62 ? "#ffffff" : "#1a1a1a"};
}

function matrixCell(row, first) {
  const button = element("button", {type: "button", title: pairInWords(row), "aria-label": pairInWords(row), tabIndex: first ? 0 : -1});
  button.append(signed(edges.mean[row], 1), element("small", {}, whole(edges.stories[row])));
  button.dataset.row = row;
  const cell = element("td", {}, button), {background, ink} = shade(edges.mean[row]);
  cell.style.backgroundColor = background;
  button.style.color = ink;
  return cell;
}

function drawMatrix(place, rows, most) {
  const across = strongest(rows, "target", most), down = strongest(rows, "actor", most);
  const [columnOf, lineOf] = [across, down].map((numbers) => new Map(numbers.map((number, index) => [number, index])));
  const cells = down.map(() => new Array(across.length).fill(null));
  const shown = rows.filter((row) => lineOf.has(edges.actor[row]) && columnOf.has(edges.target[row]));
  shown.forEach((row) => { cells[lineOf.get(edges.actor[row])][columnOf.get(edges.target[row])] = row; });
  let first = true;
  const lines = down.map((number, line) => {
    const filled = cells[line].map((row) => {
      const cell = row === null ? element("td") : matrixCell(row, first);
      first = first && row === null;
      return cell;
    });
    return element("tr", {}, element("th", {scope: "row", title: nameOf(number)}, nameOf(number)), ...filled);
  });
  const heads = across.map((number) => element("th", {scope: "col", title: nameOf(number)}, element("span", {}, nameOf(number))));
  const caption = element("caption", {class: "hidden"}, "Stance of the actor of a row towards the target of a column, and stories");
  place.replaceChildren(element("table", {}, caption, element("thead", {}, element("tr", {}, element("td"), ...heads)), element("tbody", {}, ...lines)));
  return {pairs: shown.length, stories: storiesOf(shown), actors: down.length, targets: across.length};
}

const STEPS = {ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0]};

function moveInMatrix(event) {
  const step = STEPS[event.key], cell = event.target.closest("td");
  if (!step || !cell) {
    return;
  }
  event.preventDefault();
  const lines = [...cell.closest("tbody").rows];
  let [line, column] = [lines.indexOf(cell.parentElement) + step[0], cell.cellIndex + step[1]];
  while (lines[line]?.cells[column]) {
    const button = lines[line].cells[column].querySelector("button");
    if (button) {
      event.target.tabIndex = -1;
      button.tabIndex = 0;
      button.focus();
      return;
    }
    [line, column] = [line + step[0], column + step[1]];
  }
}
