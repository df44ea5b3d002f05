/** Converts numbers and amounts of money in local notation to plain digits. */

/** Decimal separator. The other mark, a space or an apostrophe separates groups of digits. */
export type DecimalMark = 'point' | 'comma';

export interface Amount {
  /** Plain digits, such as `1299.00`. */
  readonly digits: string;
  /** ISO 4217 code; undefined if the text contains no currency, null if its sign is ambiguous. */
  readonly currency: string | null | undefined;
}

/** Maximum length, in characters, of a text that is parsed as a number. */
const MAX_LENGTH = 100;

const MARKS: Readonly<Record<DecimalMark, { decimal: string; group: string }>> = {
  point: { decimal: '.', group: ',' },
  comma: { decimal: ',', group: '.' },
};
const GROUP_SEPARATORS: ReadonlySet<string> = new Set([' ', '\u00a0', '\u2009', '\u202f', "'", '’']);

/** `1,29,900.50` → `129900.50`, and with a decimal comma `1.299,00` → `1299.00`. Returns undefined for other texts. */
export function readNumber(text: string, mark: DecimalMark): string | undefined {
  const parts = text.length > MAX_LENGTH ? null : NUMBER.exec(text.replace('−', '-'));
  if (parts === null) return undefined;
  const [, sign, mantissa, exponent] = parts as unknown as string[];
  const digits = plainDigits(mantissa!, MARKS[mark]);
  return digits && `${sign === '-' ? sign : ''}${digits}${exponent}`;
}

const NUMBER = /^([+-]?)([^e]*)((?:e[+-]?\d+)?)$/i;

/** `19,99` → `19.99`: degrees have no digit groups, so a comma is a decimal mark too. */
export function readDegrees(text: string): string | undefined {
  return readNumber(text.replace(',', '.'), 'point');
}

function plainDigits(mantissa: string, { decimal, group }: (typeof MARKS)[DecimalMark]): string | undefined {
  const [whole = '', decimals = '', ...more] = mantissa.split(decimal);
  const digits = withoutGroups(whole, group);
  if (digits === undefined || more.length > 0 || !/^\d+$/.test(digits + decimals)) return undefined;
  return `${digits || '0'}${decimals && `.${decimals}`}`;
}

/**
 * `1,29,900` → `129900`. The last group has three digits, those before it two or three. The first group has no leading
 * zero: 0,500 has a decimal comma. Returns undefined for other texts.
 */
function withoutGroups(whole: string, group: string): string | undefined {
  const separator = /\D/.exec(whole)?.[0];
  if (separator === undefined) return whole;
  if (separator !== group && !GROUP_SEPARATORS.has(separator)) return undefined;
  const groups = whole.split(separator);
  const isGrouped = groups.every((digits, index) => {
    if (index === 0) return /^[1-9]\d{0,2}$/.test(digits);
    return index === groups.length - 1 ? /^\d{3}$/.test(digits) : /^\d{2,3}$/.test(digits);
  });
  return isGrouped ? groups.join('') : undefined;
}

/** Sign → ISO 4217 code; null if several currencies share the sign. */
const CURRENCY_OF_SIGN: Readonly<Record<string, string | null>> = {
  '₹': 'INR',
  RS: 'INR', // the rupee of India, the home market
  '৳': 'BDT',
  TK: 'BDT',
  '€': 'EUR',
  '£': 'GBP',
  ZŁ: 'PLN',
  KČ: 'CZK',
  FT: 'HUF',
  '₴': 'UAH',
  '₽': 'RUB',
  '₺': 'TRY',
  '₾': 'GEL',
  '₼': 'AZN',
  '₸': 'KZT',
  '₪': 'ILS',
  '₦': 'NGN',
  '₵': 'GHS',
  KSH: 'KES',
  R: 'ZAR',
  '₱': 'PHP',
  '฿': 'THB',
  '₫': 'VND',
  '៛': 'KHR',
  '₭': 'LAK',
  '₮': 'MNT',
  RP: 'IDR',
  RM: 'MYR',
  R$: 'BRL',
  '₡': 'CRC',
  '₲': 'PYG',
  US$: 'USD',
  CA$: 'CAD',
  C$: 'CAD',
  A$: 'AUD',
  AU$: 'AUD',
  NZ$: 'NZD',
  HK$: 'HKD',
  S$: 'SGD',
  NT$: 'TWD',
  MX$: 'MXN',
  'CN¥': 'CNY',
  'JP¥': 'JPY',
  $: null,
  '¥': null,
  '₨': null,
  '₩': null,
  KR: null,
  LEI: null,
};
const CURRENCY_CODES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

/** `₹`, `Rs.` and `inr` → `INR`. Returns null for an ambiguous sign such as `$`, undefined for other texts. */
export function readCurrency(text: string): string | null | undefined {
  const name = text.toUpperCase().replace(/\.$/, '');
  if (CURRENCY_CODES.has(name)) return name;
  return Object.hasOwn(CURRENCY_OF_SIGN, name) ? CURRENCY_OF_SIGN[name] : undefined;
}

/**
 * `Rs. 1,299/-` → `{ digits: '1299', currency: 'INR' }`; also `15.00 INR`, `$5 USD`, `-€ 3`. Returns undefined for
 * other texts.
 */
export function readAmount(text: string, mark: DecimalMark): Amount | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const { before, number, after } = splitAmount(text.replaceAll('−', '-'), MARKS[mark].decimal);
  const sign = before.includes('-') ? '-' : '';
  const names = [before.replace(/[+-]/, '').trim(), after].filter(Boolean).map(readCurrency);
  const codes = new Set(names.filter((name) => name !== null));
  const digits = readNumber(sign + number, mark);
  if (digits === undefined || codes.has(undefined) || codes.size > 1) return undefined;
  const [currency = names.length === 0 ? undefined : null] = codes;
  return { digits, currency };
}

/** `Rs. 1,299 INR` → `{ before: 'Rs.', number: '1,299', after: 'INR' }` */
function splitAmount(text: string, decimal: string): { before: string; number: string; after: string } {
  const amount = text.replace(/\/[-–]$/, '').trim(); // the `/-` of Indian price tags
  const firstDigit = amount.search(/\d/);
  const hasBareDecimals = amount[firstDigit - 1] === decimal && !/[a-z]/i.test(amount[firstDigit - 2] ?? '');
  const start = hasBareDecimals ? firstDigit - 1 : Math.max(0, firstDigit); // .50, but not Rs.50
  let end = amount.length;
  while (end > start && !/\d/.test(amount[end - 1]!)) end -= 1;
  return { before: amount.slice(0, start).trim(), number: amount.slice(start, end), after: amount.slice(end).trim() };
}
