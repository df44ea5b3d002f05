import { columnsOfHeader, columnsWithoutHeader, parseAssignments, type ColumnMapping } from './column-mapping';

describe('assignments of columns and constants', () => {
  it.each([
    [['name=product,price=sale_price'], { name: 'product', price: 'sale_price' }],
    [['producer=Patil, Sons & Co'], { producer: 'Patil, Sons & Co' }],
    [
      ['unit = kg , producer=Patil, Sons & Co', 'place=Nashik, MH'],
      { unit: 'kg', producer: 'Patil, Sons & Co', place: 'Nashik, MH' },
    ],
    [['description=a=b'], { description: 'a=b' }],
    [[], {}],
  ])('assignments: %j are parsed', (texts, assigned) => {
    expect(parseAssignments(texts, '--set')).toEqual(assigned);
  });

  it.each([
    [['nam=product'], '--set: unknown field "nam"; use one of id, name'],
    [['unit=kg,produser=Patil'], '--set: unknown field "produser"'],
    [['name'], '--set: "name" must have the form field=value'],
    [['unit=kg', 'unit=box'], '--set: unit is given twice'],
  ])('assignments: %j are rejected', (texts, message) => {
    expect(() => parseAssignments(texts, '--set')).toThrow(message);
  });
});

describe('column mapping', () => {
  const mapping: ColumnMapping = {
    columns: { name: 'product', id: 'index' },
    constants: { unit: 'kg', producer: 'Unknown' },
  };
  const header = ['index', 'product', 'category', 'price'];

  it('header: mapped columns, and columns with the names of fields, are used', () => {
    expect(columnsOfHeader(mapping, undefined, header)).toMatchObject({
      id: ['index'],
      name: ['product'],
      price: ['price'],
      producer: [],
    });
  });

  it('case-insensitive header: a column matches in another case, unless several match', () => {
    const names = ['Index', 'PRODUCT', 'Category', 'category', 'Price'];
    const found = columnsOfHeader(mapping, undefined, names);
    expect(() => columnsOfHeader(mapping, undefined, [...names, 'Stock', 'STOCK'])).toThrow(
      'the columns Stock and STOCK match stock; choose one with --columns stock=…',
    );
    expect(found).toMatchObject({
      id: ['Index'],
      name: ['PRODUCT'],
      category: ['category'],
      price: ['Price'],
      unit: [],
    });
  });

  it('preset: the known columns of an export are used in order, unless others are mapped', () => {
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

  it('missing column: a file without a mapped or required column is rejected', () => {
    expect(() => columnsOfHeader(mapping, undefined, ['index', 'title'])).toThrow(
      'the file has no column product; it has index, title',
    );
    expect(() => columnsOfHeader(mapping, undefined, ['index', 'product', 'category'])).toThrow(
      'the file has no column for price; it has index, product, category. Map a column with --columns price=… or set a value with --set price=…',
    );
  });

  it('duplicate column: it is rejected only if it is used', () => {
    expect(columnsOfHeader(mapping, undefined, [...header, 'note', 'note', '', ''])).toBeDefined();
    expect(() => columnsOfHeader(mapping, undefined, [...header, 'product'])).toThrow(
      'the file has the column product more than once',
    );
  });

  it('no header: columns have the mapped names or those of their fields', () => {
    expect(columnsWithoutHeader(mapping)).toMatchObject({ id: ['index'], price: ['price'], producer: ['producer'] });
  });
});
