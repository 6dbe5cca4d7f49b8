// Ranges of whole milliseconds, [from, to), kept sorted and merged; the same algebra as the server's.

/** The union of a merged list and one more range. */
export function add(ranges, from, to) {
  if (to <= from) return ranges;
  const merged = [];
  let start = from;
  let end = to;
  for (const [low, high] of ranges) {
    if (high < start || low > end) {
      merged.push([low, high]);
    } else {
      start = Math.min(start, low);
      end = Math.max(end, high);
    }
  }
  merged.push([start, end]);
  return merged.sort((a, b) => a[0] - b[0]);
}

export function total(ranges) {
  return ranges.reduce((sum, [from, to]) => sum + to - from, 0);
}

/** The first stretch inside [from, to) that the merged ranges leave open, or null. */
export function firstGap(ranges, from, to) {
  let start = from;
  for (const [low, high] of ranges) {
    if (high <= start) continue;
    if (low > start) return [start, Math.min(low, to)];
    start = high;
    if (start >= to) return null;
  }
  return start < to ? [start, to] : null;
}
