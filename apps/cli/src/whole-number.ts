import { InvalidArgumentError } from 'commander';

/** Reads an argument that must be a number within these bounds, with no more digits than the larger has. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) && text.length <= String(max).length ? Number(text) : NaN;
    if (!(value >= min && value <= max))
      throw new InvalidArgumentError(`must be a whole number from ${min} to ${max}.`);
    return value;
  };
}
