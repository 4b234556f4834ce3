/** The first requests worth making, for a shell. */
export function examples(url: string): string {
  return `
Larder is on ${url}, Ctrl-C stops it. Worth trying:

  curl -s ${url}/health
  curl -si ${url}/movies/1          # twice: x-cache turns from load to near
  curl -s '${url}/movies?genre=Drama&sort=imdbRating&order=desc&pageSize=3'
`;
}
