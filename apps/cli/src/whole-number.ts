import { InvalidArgumentError } from 'commander';

/** Returns a parser of whole numbers from `min` to `max`, which refuses more digits than `max` has. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) && text.length <= String(max).length ? Number(text) : NaN;
    if (!(value >= min && value <= max))
      throw new InvalidArgumentError(`must be a whole number from ${min} to ${max}.`);
    return value;
  };
}
