// What is kept on the device for study without a line, in IndexedDB: the ticket of each lesson taken along, and the parts
// of a report that wait for a line. Everything belongs to one person and is looked up with them.

const NAME = "rt-offline";
const STORES = { tickets: ["person", "lesson"], parts: ["person", "session", "seq"] };

function ask(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

let opened = null;

function open() {
  opened ||= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      for (const [store, keyPath] of Object.entries(STORES)) request.result.createObjectStore(store, { keyPath });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

async function on(store, mode, act) {
  const database = await open();
  const transaction = database.transaction(store, mode);
  const done = new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error);
  });
  const result = await ask(act(transaction.objectStore(store)));
  await done;
  return result;
}

const of = (person) => IDBKeyRange.bound([person], [person, []]);

export const put = (store, row) => on(store, "readwrite", (found) => found.put(row));
export const get = (store, key) => on(store, "readonly", (found) => found.get(key));
export const all = (store, person) => on(store, "readonly", (found) => found.getAll(of(person)));
export const drop = (store, key) => on(store, "readwrite", (found) => found.delete(key));

/** Tickets and lessons of everybody else on this device go; their reports wait for their owner. */
export async function forgetOthers(person) {
  for (const row of await on("tickets", "readonly", (found) => found.getAll())) {
    if (row.person === person) continue;
    await drop("tickets", [row.person, row.lesson]);
    await caches.delete(row.cache);
  }
}

/** At signing out: lessons and tickets of everybody go. Reports stay for their owner, as those of the outbox do. */
export async function forgetLessons() {
  for (const name of await caches.keys()) if (name.startsWith("rt-lesson-")) await caches.delete(name);
  await on("tickets", "readwrite", (found) => found.clear());
}
