// The HLS player for browsers that cannot play a ladder by themselves. Loaded by film/sources.js, only where a lesson has
// one; the light build has no encryption, adverts or subtitles of its own.

export { default } from "hls.js/light";
