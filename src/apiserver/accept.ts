/** A wish of an Accept header: `application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList`. */
export interface MediaType {
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * The media types of an Accept header, wanted most first; without a header anything goes.
 * As github.com/munnerz/goautoneg, which upstream uses: what is no media type is passed over, texts are compared as they are, q=0 comes last.
 */
export function parseAccept(accept: string | string[] | undefined): MediaType[] {
  const text = Array.isArray(accept) ? accept.join(',') : (accept ?? '');
  if (!text.trim()) return [{ type: '*/*', parameters: {} }];
  const wishes = text.split(',').flatMap((part) => wishOf(part));
  return wishes.length < 2 ? wishes : sorted(wishes);
}

interface Wish extends MediaType {
  readonly quality: number;
}

function wishOf(part: string): Wish[] {
  const [range = '', ...rest] = part.split(';');
  const [type = '', subtype, ...more] = range.split('/').map((piece) => piece.trim());
  if (more.length > 0 || (!subtype && type !== '*')) return [];
  const parameters: Record<string, string> = Object.create(null) as Record<string, string>;
  let quality = 1;
  for (const piece of rest) {
    const [name = '', value, ...others] = piece.split('=').map((side) => side.trim());
    if (!value || others.length > 0) continue;
    if (name === 'q') quality = Number(value) || 0;
    else parameters[name] = value;
  }
  return [{ type: `${type}/${subtype || '*'}`, parameters, quality }];
}

/** By insertion, as Go sorts few elements: the order is no total one (a `*` gives way even to what is wanted less), so the way of sorting shows. */
function sorted(wishes: Wish[]): Wish[] {
  for (let i = 1; i < wishes.length; i++) {
    for (let j = i; j > 0 && goesBefore(wishes[j] as Wish, wishes[j - 1] as Wish); j--) {
      [wishes[j - 1], wishes[j]] = [wishes[j] as Wish, wishes[j - 1] as Wish];
    }
  }
  return wishes;
}
function goesBefore(a: Wish, b: Wish): boolean {
  if (a.quality > b.quality) return true;
  if (!a.type.startsWith('*/') && b.type.startsWith('*/')) return true;
  return !a.type.endsWith('/*') && b.type.endsWith('/*');
}

/** Whether the wish accepts the media type. */
export function accepts(wish: MediaType, type: string): boolean {
  return wish.type === type || wish.type === '*/*' || wish.type === `${type.slice(0, type.indexOf('/'))}/*`;
}
