import { columnsOfHeader, columnsWithoutHeader, parseAssignments, type ColumnMapping } from './column-mapping';

describe('assignments', () => {
  it.each([
    [['name=product,price=sale_price'], { name: 'product', price: 'sale_price' }],
    [['producer=Patil, Sons & Co'], { producer: 'Patil, Sons & Co' }],
    [
      ['unit = kg , producer=Patil, Sons & Co', 'place=Nashik, MH'],
      { unit: 'kg', producer: 'Patil, Sons & Co', place: 'Nashik, MH' },
    ],
    [['description=a=b'], { description: 'a=b' }],
    [[], {}],
  ])('of %j are read', (texts, assigned) => {
    expect(parseAssignments(texts, '--set')).toEqual(assigned);
  });

  it.each([
    [['nam=product'], '--set: there is no field "nam"; known are id, name'],
    [['unit=kg,produser=Patil'], '--set: there is no field "produser"'],
    [['name'], '--set: "name" must have the form field=value'],
    [['unit=kg', 'unit=box'], '--set: unit is given twice'],
  ])('of %j are refused', (texts, message) => {
    expect(() => parseAssignments(texts, '--set')).toThrow(message);
  });
});

describe('the columns of a header', () => {
  const mapping: ColumnMapping = {
    columns: { name: 'product', id: 'index' },
    constants: { unit: 'kg', producer: 'Unknown' },
  };
  const header = ['index', 'product', 'category', 'price'];

  it('are those mapped, and those named as their fields', () => {
    expect(columnsOfHeader(mapping, undefined, header)).toMatchObject({
      id: ['index'],
      name: ['product'],
      price: ['price'],
      producer: [],
    });
  });

  it('are found in another case, if there is only one', () => {
    const names = ['Index', 'PRODUCT', 'Category', 'category', 'Price'];
    const found = columnsOfHeader(mapping, undefined, names);
    expect(() => columnsOfHeader(mapping, undefined, [...names, 'Stock', 'STOCK'])).toThrow(
      'the file has Stock and STOCK for stock; say which with --columns stock=…',
    );
    expect(found).toMatchObject({
      id: ['Index'],
      name: ['PRODUCT'],
      category: ['category'],
      price: ['Price'],
      unit: [],
    });
  });

  it('are those known of an export, in order, unless others are mapped', () => {
    const known = { id: ['ID', 'SKU'], category: ['Type'], price: ['Sale price', 'Regular price'], name: ['Title'] };
    const names = ['SKU', 'product', 'index', 'type', 'Regular price', 'Sale price'];
    expect(columnsOfHeader(mapping, known, names)).toMatchObject({
      id: ['index'],
      name: ['product'],
      category: ['type'],
      price: ['Sale price', 'Regular price'],
      unit: [],
    });
  });

  it('are refused if one is missing that is mapped or needed', () => {
    expect(() => columnsOfHeader(mapping, undefined, ['index', 'title'])).toThrow(
      'the file has no column product; it has index, title',
    );
    expect(() => columnsOfHeader(mapping, undefined, ['index', 'product', 'category'])).toThrow(
      'the file has no column for price; it has index, product, category. Name one with --columns price=… or a value with --set price=…',
    );
  });

  it('may be there twice, unless they are needed', () => {
    expect(columnsOfHeader(mapping, undefined, [...header, 'note', 'note', '', ''])).toBeDefined();
    expect(() => columnsOfHeader(mapping, undefined, [...header, 'product'])).toThrow(
      'the file has the column product more than once',
    );
  });

  it('have the names of their fields where there is no header', () => {
    expect(columnsWithoutHeader(mapping)).toMatchObject({ id: ['index'], price: ['price'], producer: ['producer'] });
  });
});
