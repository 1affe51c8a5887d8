// Where the drawn actors stand: as Python placed them among all actors, but spread over the room that the drawn ones have.

const ROOM = {x: 46, y: 34};  // pixels that an actor and its name want
const ROUNDS = 60;
const PUSHED = 600;  // with more actors than this there is no room for names anyway

// Between the true place and an even spread in the same order, so that a crowded middle opens.
function evened(values, length) {
  const order = values.map((_, place) => place).sort((a, b) => values[a] - values[b] || a - b);
  const [least, most] = [values[order[0]], values[order.at(-1)]];
  const even = [];
  order.forEach((place, rank) => { even[place] = rank / Math.max(1, order.length - 1); });
  return values.map((value, place) => length * (0.45 * ((value - least) / (most - least || 1)) + 0.55 * even[place]));
}

function pushApart(xs, ys) {
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let a = 0; a < xs.length; a += 1) {
      for (let b = a + 1; b < xs.length; b += 1) {
        const [dx, dy] = [(xs[b] - xs[a]) / ROOM.x, (ys[b] - ys[a]) / ROOM.y];
        const distance = Math.hypot(dx, dy);
        if (distance < 1) {
          const push = 0.25 * (1 - distance), way = distance || 1;
          const [px, py] = [(push * ROOM.x * (dx || 0.01)) / way, (push * ROOM.y * (dy || 0.01)) / way];
          [xs[a], ys[a], xs[b], ys[b]] = [xs[a] - px, ys[a] - py, xs[b] + px, ys[b] + py];
        }
      }
    }
  }
}

// A map from the number of an actor to its place in pixels.
function spread(numbers, width, height) {
  const xs = evened(numbers.map((number) => actors.x[number]), width);
  const ys = evened(numbers.map((number) => actors.y[number]), height);
  if (numbers.length <= PUSHED) {
    pushApart(xs, ys);
  }
  return new Map(numbers.map((number, place) => [number, [xs[place], ys[place]]]));
}
