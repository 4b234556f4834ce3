/** `npm run pack`: the toolkit as the tarball that `npm publish` takes; prints where it is. */
import { dataFolder } from "./setup/data-folder";
import { packToolkit } from "./setup/toolkit-package";

packToolkit(dataFolder()).then(
  (tarball) => console.log(tarball),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
