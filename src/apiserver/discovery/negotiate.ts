/** A wish of an Accept header: `application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList`. */
export interface MediaType {
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** The media types of an Accept header, wanted most first; without a header anything goes. */
export function parseAccept(accept: string | string[] | undefined): MediaType[] {
  const text = Array.isArray(accept) ? accept.join(',') : (accept ?? '');
  if (!text.trim()) return [{ type: '*/*', parameters: {} }];
  const wishes = text.split(',').map((part) => {
    const [type = '', ...rest] = part.split(';').map((piece) => piece.trim());
    const parameters = Object.fromEntries(rest.map((piece) => piece.split('=', 2).map((side) => side.trim().replace(/^"|"$/g, '')) as [string, string]));
    const quality = Number(parameters['q'] ?? 1);
    return { type: type.toLowerCase(), parameters, quality: Number.isNaN(quality) ? 1 : quality };
  });
  // Stable: equal wishes keep their order.
  return wishes.filter((wish) => wish.quality > 0).sort((a, b) => b.quality - a.quality);
}

/** Whether the wish accepts the media type. */
export function accepts(wish: MediaType, type: string): boolean {
  return wish.type === type || wish.type === '*/*' || wish.type === `${type.slice(0, type.indexOf('/'))}/*`;
}
