/** Numbers and amounts of money, as people and spreadsheets write them, in plain digits. */

/** What separates the decimals. Thousands are separated by the other one, a space or an apostrophe. */
export type DecimalMark = 'point' | 'comma';

export interface Amount {
  /** Such as `1299.00`. */
  readonly digits: string;
  /** ISO 4217; undefined if the text names none, null if its sign is that of several currencies. */
  readonly currency: string | null | undefined;
}

/** In characters. Numbers are shorter. */
const MAX_LENGTH = 100;

const MARKS: Readonly<Record<DecimalMark, { decimal: string; group: string }>> = {
  point: { decimal: '.', group: ',' },
  comma: { decimal: ',', group: '.' },
};
const GROUP_SEPARATORS: ReadonlySet<string> = new Set([' ', '\u00a0', '\u2009', '\u202f', "'", '’']);

/** `1,29,900.50` → `129900.50`, and with a decimal comma `1.299,00` → `1299.00`. Undefined for what is no number. */
export function readNumber(text: string, mark: DecimalMark): string | undefined {
  const parts = text.length > MAX_LENGTH ? null : NUMBER.exec(text.replace('−', '-'));
  if (parts === null) return undefined;
  const [, sign, mantissa, exponent] = parts as unknown as string[];
  const digits = plainDigits(mantissa!, MARKS[mark]);
  return digits && `${sign === '-' ? sign : ''}${digits}${exponent}`;
}

const NUMBER = /^([+-]?)([^e]*)((?:e[+-]?\d+)?)$/i;

function plainDigits(mantissa: string, { decimal, group }: (typeof MARKS)[DecimalMark]): string | undefined {
  const [whole = '', decimals = '', ...more] = mantissa.split(decimal);
  const digits = withoutGroups(whole, group);
  if (digits === undefined || more.length > 0 || !/^\d+$/.test(digits + decimals)) return undefined;
  return `${digits || '0'}${decimals && `.${decimals}`}`;
}

/** The last group has three digits, those before it three or, as in 1,29,900, two. */
function withoutGroups(whole: string, group: string): string | undefined {
  const separator = /\D/.exec(whole)?.[0];
  if (separator === undefined) return whole;
  if (separator !== group && !GROUP_SEPARATORS.has(separator)) return undefined;
  const groups = whole.split(separator);
  const isGrouped = groups.every((digits, index) => {
    if (index === 0) return /^\d{1,3}$/.test(digits);
    return index === groups.length - 1 ? /^\d{3}$/.test(digits) : /^\d{2,3}$/.test(digits);
  });
  return isGrouped ? groups.join('') : undefined;
}

/** Signs in use for one currency, and for several. */
const CURRENCY_OF_SIGN: Readonly<Record<string, string | null>> = {
  '₹': 'INR',
  RS: 'INR',
  '€': 'EUR',
  '£': 'GBP',
  US$: 'USD',
  $: null,
  '¥': null,
  '₨': null,
  KR: null,
};
const CURRENCY_CODES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

/** `₹`, `Rs.` and `inr` → `INR`; null for `$`; undefined for what names no currency. */
export function readCurrency(text: string): string | null | undefined {
  const name = text.toUpperCase().replace(/\.$/, '');
  if (CURRENCY_CODES.has(name)) return name;
  return Object.hasOwn(CURRENCY_OF_SIGN, name) ? CURRENCY_OF_SIGN[name] : undefined;
}

/** `Rs. 1,299/-`, `15.00 INR` and `-€ 3` → digits and currency. Undefined for what is no amount of money. */
export function readAmount(text: string, mark: DecimalMark): Amount | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const { before, number, after } = splitAmount(text.replaceAll('−', '-'), MARKS[mark].decimal);
  const sign = before.includes('-') ? '-' : '';
  const name = [before.replace(/[+-]/, '').trim(), after].filter(Boolean).join(' '); // a currency on both sides is none
  const digits = readNumber(sign + number, mark);
  const currency = readCurrency(name);
  const isAmount = digits !== undefined && (name === '' || currency !== undefined);
  return isAmount ? { digits, currency } : undefined;
}

/** What stands before the number, the number from its first digit to its last, and what stands after it. */
function splitAmount(text: string, decimal: string): { before: string; number: string; after: string } {
  const amount = text.replace(/\/[-–]$/, '').trim(); // the end of an amount on Indian price tags
  const firstDigit = amount.search(/\d/);
  const hasBareDecimals = amount[firstDigit - 1] === decimal && !/[a-z]/i.test(amount[firstDigit - 2] ?? '');
  const start = hasBareDecimals ? firstDigit - 1 : Math.max(0, firstDigit); // .50, but not Rs.50
  let end = amount.length;
  while (end > start && !/\d/.test(amount[end - 1]!)) end -= 1;
  return { before: amount.slice(0, start).trim(), number: amount.slice(start, end), after: amount.slice(end).trim() };
}
