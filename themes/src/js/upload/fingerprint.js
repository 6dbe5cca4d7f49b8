// By what a file is known again, on another day and another device: its size, its beginning and its end. Packs are
// archives, whose end lists a checksum of every file inside. The date is no help: phones give a new one at each choice.

const SAMPLE = 128 * 1024;

async function bytesOf(blob) {
  if (blob.arrayBuffer) return new Uint8Array(await blob.arrayBuffer());
  return new Uint8Array(await new Response(blob).arrayBuffer());
}

/** Rejects when the file cannot be read (a folder, or one that was moved since it was chosen). */
export async function fingerprint(file) {
  const head = await bytesOf(file.slice(0, SAMPLE));
  const tail = await bytesOf(file.slice(Math.max(0, file.size - SAMPLE)));
  // No digest on a page without https: name and date have to do.
  if (!window.crypto?.subtle) return `plain-${file.size}-${file.lastModified}-${file.name.slice(-60)}`;
  const sample = new Uint8Array(head.length + tail.length);
  sample.set(head);
  sample.set(tail, head.length);
  const digest = new Uint8Array(await window.crypto.subtle.digest("SHA-256", sample));
  return `${file.size}-${[...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
