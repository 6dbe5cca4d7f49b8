// Starts the service: reads the environment, listens, says the port it listens at, sweeps what was left behind.
import { createApp } from "./src/app.mjs";
import { readConfig } from "./src/config.mjs";

const HOUR_MS = 3_600_000;

let config;
try {
  config = readConfig(process.env);
} catch (error) {
  console.error(`h5p-authoring: ${error.message}`);
  process.exit(2);
}
const { app, sweep } = createApp(config);
const server = app.listen(config.port, config.host, (error) => {
  if (error) {
    console.error(`h5p-authoring: ${error.message}`);
    process.exit(1);
  }
  console.log(`h5p-authoring listens at http://${config.host}:${server.address().port}`);
  if (!config.files) console.log("h5p-authoring: no H5P_EDITOR_FILES, so exercises are edited in the plain form");
});
server.requestTimeout = 300_000;
const timer = setInterval(() => sweep().catch((error) => console.error(error)), HOUR_MS);
timer.unref();
sweep().catch((error) => console.error(error));

for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, () => {
    clearInterval(timer);
    server.close(() => process.exit(0));
    server.closeAllConnections();
  });
}
