// The faults of the layout of a page that can be measured, as sentences. It runs in the page.
(() => {
  const faults = [];
  const describe = (e) => `<${e.tagName.toLowerCase()} class="${e.className}">${e.textContent.trim().replace(/\s+/g, " ").slice(0, 60)}`;
  const seen = (e) => e.getClientRects().length > 0;

  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) {
    faults.push(`scrolls sideways: ${document.documentElement.scrollWidth} pixels in a window of ${width}`);
  }

  // Text that leaves its box where the box hides it, or the window.
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text; (text = texts.nextNode()); ) {
    if (!text.data.trim()) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    for (const r of range.getClientRects()) {
      if (r.left < -0.5 || r.right > width + 0.5) {
        faults.push(`text leaves the window: ${describe(text.parentElement)}`);
        break;
      }
    }
    for (let e = text.parentElement; e !== document.body; e = e.parentElement) {
      if (e.clientWidth > 0 && getComputedStyle(e).display !== "inline" && e.scrollWidth > e.clientWidth + 1) {
        faults.push(`text leaves its box: ${describe(e)}, ${e.scrollWidth} pixels in ${e.clientWidth}`);
        break;
      }
      if (e.clientHeight > 0 && getComputedStyle(e).overflowY !== "visible" && e.scrollHeight > e.clientHeight + 1) {
        faults.push(`text is cut off below: ${describe(e)}, ${e.scrollHeight} pixels in ${e.clientHeight}`);
        break;
      }
    }
  }

  // What can be pressed: large enough (WCAG 2.2, 2.5.8), in the order in which it is seen, and marked when it has the focus.
  let before = null;
  for (const e of document.querySelectorAll("a[href], button, input:not([type=hidden])")) {
    if (!seen(e)) {
      faults.push(`cannot be seen and has the focus: ${describe(e)}`);
      continue;
    }
    const r = e.getBoundingClientRect();
    if (r.width < 24 || r.height < 24) faults.push(`is ${r.width} by ${r.height} pixels: ${describe(e)}`);
    if (e.tabIndex !== 0) faults.push(`is not in the order of the page: ${describe(e)}`);
    if (before && r.bottom <= before.top + 1) faults.push(`comes after what is below it: ${describe(e)}`);
    before = r;
  }
  // The mark is that of a kind of element, so one of each is enough.
  const kinds = new Map();
  for (const e of document.querySelectorAll("a[href], button, input:not([type=hidden])")) kinds.set(e.tagName + e.className, e);
  for (const e of kinds.values()) {
    e.focus({ focusVisible: true });
    const s = getComputedStyle(e);
    if (s.outlineStyle === "none" || parseFloat(s.outlineWidth) < 2) faults.push(`does not show that it has the focus: ${describe(e)}`);
    e.blur();
  }

  // The browser says that motion is to be reduced.
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
    for (const e of document.querySelectorAll("*")) {
      const s = getComputedStyle(e);
      if (s.animationName !== "none" || s.transitionDuration.split(",").some((d) => parseFloat(d) > 0)) {
        faults.push(`moves: ${describe(e)}`);
        break;
      }
    }
  }

  // Colours of the person's own: what was told apart by a background alone needs a line.
  if (matchMedia("(forced-colors: active)").matches) {
    for (const e of document.querySelectorAll("main, .button, .google, .field, .notice, .tile")) {
      const s = getComputedStyle(e);
      if (s.borderTopStyle === "none" || parseFloat(s.borderTopWidth) < 1 || s.borderTopColor === s.backgroundColor) {
        faults.push(`has no line round it with forced colours: ${describe(e)}`);
      }
    }
    for (const e of document.querySelectorAll(".key")) {
      if (getComputedStyle(e).backgroundColor === getComputedStyle(e.parentElement).backgroundColor) faults.push("the key cannot be seen with forced colours");
    }
  }
  scrollTo(0, 0);
  return [...new Set(faults)];
})()
