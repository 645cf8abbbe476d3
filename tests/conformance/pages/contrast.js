// Of every text that is seen: its colour against what is really behind it, by WCAG's formula.
// Answers how many texts there are, and those whose contrast is below 4.5.
const parts = colour => colour.match(/[\d.]+/g).map(Number);
const linear = value => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
const light = ([red, green, blue]) =>
  0.2126 * linear(red / 255) + 0.7152 * linear(green / 255) + 0.0722 * linear(blue / 255);
const behind = element => {
  for (let one = element; one; one = one.parentElement) {
    const colour = parts(getComputedStyle(one).backgroundColor);
    if (colour.length < 4 || colour[3] === 1) return colour;
    if (colour[3] !== 0) throw new Error("half transparent");
  }
  return [255, 255, 255];
};
const faint = [];
let seen = 0;
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (texts.nextNode()) {
  const element = texts.currentNode.parentElement;
  const text = texts.currentNode.data.trim();
  if (!text || element.closest("svg") || !element.checkVisibility()) continue;
  seen += 1;
  const pair = [light(parts(getComputedStyle(element).color)), light(behind(element))].sort((a, b) => a - b);
  const ratio = (pair[1] + 0.05) / (pair[0] + 0.05);
  if (ratio < 4.5) faint.push([text.slice(0, 40), ratio]);
}
return [seen, faint];
