import type { News } from '../news.ts';

/** What is filled into the words about a piece of news: its fields as they are, lists as one line. */
export function wordsOf(news: News): Readonly<Record<string, string | number>> {
  if (news.kind === 'restricted') {
    const ends = news.restrictions.flatMap(({ until }) => (until === undefined ? [] : [until])).toSorted();
    const until = ends.at(-1);
    return {
      what: news.restrictions.map(({ what }) => what).join(', '),
      ...(until === undefined ? {} : { until }),
    };
  }
  return Object.fromEntries(
    Object.entries(news).flatMap(([name, value]): [string, string | number][] => {
      if (name === 'kind' || value === undefined) return [];
      return [[name, typeof value === 'boolean' ? (value ? 'yes' : 'no') : value]];
    }),
  );
}
