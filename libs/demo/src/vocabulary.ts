/** Vocabulary of the demo catalogue: products of Indian farms, in English and Hindi, and their places. */

interface Crop {
  readonly name: string;
  /** Hindi name, which half of the products contain in their name. */
  readonly hindi: string;
  readonly unit: string;
  /** Usual price of one unit, in rupees. */
  readonly price: number;
}

export interface Category {
  readonly slug: string;
  /** Share of all products, in percent. */
  readonly share: number;
  readonly crops: readonly Crop[];
}

const crops = (lines: string): Crop[] =>
  lines
    .trim()
    .split('\n')
    .map((line) => {
      const [name = '', hindi = '', unit = '', price = ''] = line.split(',').map((part) => part.trim());
      return { name, hindi, unit, price: Number(price) };
    });

export const categories: readonly Category[] = [
  {
    slug: 'vegetables',
    share: 31,
    crops: crops(`
      Tomato, टमाटर, kg, 42
      Cherry Tomato, चेरी टमाटर, box, 95
      Potato, आलू, kg, 28
      Onion, प्याज, kg, 35
      Cauliflower, फूलगोभी, piece, 40
      Cabbage, पत्तागोभी, piece, 32
      Brinjal, बैंगन, kg, 48
      Okra, भिंडी, kg, 62
      Spinach, पालक, bunch, 22
      Fenugreek Leaves, मेथी, bunch, 20
      Coriander Leaves, धनिया पत्ता, bunch, 12
      Green Chilli, हरी मिर्च, kg, 85
      Capsicum, शिमला मिर्च, kg, 78
      Carrot, गाजर, kg, 46
      Radish, मूली, kg, 30
      Beetroot, चुकंदर, kg, 44
      Bottle Gourd, लौकी, piece, 34
      Bitter Gourd, करेला, kg, 58
      Ridge Gourd, तोरी, kg, 52
      Pumpkin, कद्दू, kg, 30
      Green Peas, मटर, kg, 88
      French Beans, फली, kg, 74
      Drumstick, सहजन, kg, 96
      Cucumber, खीरा, kg, 36
      Ginger, अदरक, kg, 140
      Garlic, लहसुन, kg, 180
      Sweet Potato, शकरकंद, kg, 54
      Button Mushroom, मशरूम, box, 60`),
  },
  {
    slug: 'fruits',
    share: 19,
    crops: crops(`
      Alphonso Mango, हापुस आम, dozen, 720
      Kesar Mango, केसर आम, dozen, 480
      Banana, केला, dozen, 55
      Pomegranate, अनार, kg, 190
      Guava, अमरूद, kg, 70
      Papaya, पपीता, piece, 58
      Orange, संतरा, kg, 92
      Sweet Lime, मौसंबी, kg, 80
      Apple, सेब, kg, 165
      Grapes, अंगूर, kg, 110
      Watermelon, तरबूज, piece, 75
      Muskmelon, खरबूजा, piece, 65
      Sapota, चीकू, kg, 84
      Custard Apple, सीताफल, kg, 130
      Strawberry, स्ट्रॉबेरी, box, 120
      Litchi, लीची, kg, 210
      Jackfruit, कटहल, piece, 150
      Coconut, नारियल, piece, 38
      Lemon, नींबू, dozen, 60
      Fig, अंजीर, box, 140`),
  },
  {
    slug: 'dairy',
    share: 10,
    crops: crops(`
      Cow Milk, गाय का दूध, litre, 64
      Buffalo Milk, भैंस का दूध, litre, 78
      Paneer, पनीर, box, 110
      Ghee, घी, jar, 640
      Curd, दही, box, 48
      Buttermilk, छाछ, bottle, 25
      White Butter, मक्खन, box, 160
      Khoya, खोया, box, 190`),
  },
  {
    slug: 'grains',
    share: 9,
    crops: crops(`
      Basmati Rice, बासमती चावल, kg, 130
      Indrayani Rice, इंद्रायणी चावल, kg, 82
      Whole Wheat, गेहूं, kg, 42
      Wheat Flour, आटा, kg, 48
      Sorghum, ज्वार, kg, 58
      Pearl Millet, बाजरा, kg, 46
      Finger Millet, रागी, kg, 66
      Maize, मक्का, kg, 34
      Flattened Rice, पोहा, kg, 72`),
  },
  {
    slug: 'spices',
    share: 8,
    crops: crops(`
      Turmeric Powder, हल्दी, jar, 120
      Red Chilli Powder, लाल मिर्च, jar, 140
      Coriander Seed, धनिया, jar, 85
      Cumin, जीरा, jar, 160
      Black Pepper, काली मिर्च, jar, 240
      Green Cardamom, इलायची, jar, 420
      Cinnamon, दालचीनी, jar, 180
      Mustard Seed, राई, jar, 60
      Clove, लौंग, jar, 260`),
  },
  {
    slug: 'pulses',
    share: 7,
    crops: crops(`
      Pigeon Pea, अरहर दाल, kg, 155
      Green Gram, मूंग दाल, kg, 135
      Black Gram, उड़द दाल, kg, 148
      Chickpea, चना, kg, 95
      Red Lentil, मसूर दाल, kg, 108
      Kidney Bean, राजमा, kg, 172`),
  },
  {
    slug: 'oils',
    share: 4,
    crops: crops(`
      Groundnut Oil, मूंगफली तेल, litre, 260
      Mustard Oil, सरसों तेल, litre, 210
      Coconut Oil, नारियल तेल, litre, 340
      Sesame Oil, तिल तेल, litre, 380`),
  },
  {
    slug: 'bakery',
    share: 4,
    crops: crops(`
      Sourdough Bread, खमीरी ब्रेड, piece, 140
      Millet Cookies, बाजरा बिस्कुट, box, 120
      Jaggery Cake, गुड़ केक, piece, 260
      Ragi Crackers, रागी नमकीन, box, 90`),
  },
  {
    slug: 'honey-jaggery',
    share: 3,
    crops: crops(`
      Wild Honey, जंगली शहद, jar, 420
      Acacia Honey, शहद, jar, 360
      Jaggery, गुड़, kg, 75
      Palm Jaggery, ताड़ गुड़, kg, 210`),
  },
  {
    slug: 'beverages',
    share: 3,
    crops: crops(`
      Sugarcane Juice, गन्ने का रस, bottle, 45
      Kokum Syrup, कोकम शरबत, bottle, 150
      Filter Coffee, कॉफी, jar, 320
      Lemongrass Tea, चाय, box, 130`),
  },
  {
    slug: 'eggs',
    share: 2,
    crops: crops(`
      Country Eggs, देसी अंडे, dozen, 140
      Duck Eggs, बत्तख के अंडे, dozen, 180`),
  },
];

export const qualities = [
  'Organic',
  'Fresh',
  'Farm Fresh',
  'Heirloom',
  'Naturally Grown',
  'Hand-picked',
  'Premium',
  'Desi',
  'Hill',
  'Baby',
  'Sun-ripened',
  'Residue-free',
  '',
];
export const harvests = ['winter', 'summer', 'monsoon', 'spring', 'early', 'late', 'first', 'second'];
export const remarks = [
  'Picked the same morning',
  'Grown without synthetic pesticides',
  'Sorted by hand and packed in paper',
  'From seed saved on the farm',
  'Irrigated from our own well',
  'Keeps for a week in a cool place',
  'A favourite of children',
  'Best eaten within three days',
  'Good for pickles and chutneys',
  'Delivered in returnable crates',
  'Crème de la crème of the village',
  'Grown between rows of marigold',
];

/** Place, state, latitude, longitude. */
export const places: readonly (readonly [string, string, number, number])[] = [
  ['Nashik', 'Maharashtra', 19.9975, 73.7898],
  ['Pune', 'Maharashtra', 18.5204, 73.8567],
  ['Satara', 'Maharashtra', 17.6805, 74.0183],
  ['Kolhapur', 'Maharashtra', 16.705, 74.2433],
  ['Ratnagiri', 'Maharashtra', 16.9902, 73.312],
  ['Nagpur', 'Maharashtra', 21.1458, 79.0882],
  ['Anand', 'Gujarat', 22.5645, 72.9289],
  ['Junagadh', 'Gujarat', 21.5222, 70.4579],
  ['Indore', 'Madhya Pradesh', 22.7196, 75.8577],
  ['Jaipur', 'Rajasthan', 26.9124, 75.7873],
  ['Karnal', 'Haryana', 29.6857, 76.9905],
  ['Ludhiana', 'Punjab', 30.901, 75.8573],
  ['Shimla', 'Himachal Pradesh', 31.1048, 77.1734],
  ['Dehradun', 'Uttarakhand', 30.3165, 78.0322],
  ['Lucknow', 'Uttar Pradesh', 26.8467, 80.9462],
  ['Muzaffarpur', 'Bihar', 26.1209, 85.3647],
  ['Siliguri', 'West Bengal', 26.7271, 88.3953],
  ['Guwahati', 'Assam', 26.1445, 91.7362],
  ['Cuttack', 'Odisha', 20.4625, 85.8828],
  ['Guntur', 'Andhra Pradesh', 16.3067, 80.4365],
  ['Hyderabad', 'Telangana', 17.385, 78.4867],
  ['Mysuru', 'Karnataka', 12.2958, 76.6394],
  ['Chikkamagaluru', 'Karnataka', 13.3161, 75.772],
  ['Coimbatore', 'Tamil Nadu', 11.0168, 76.9558],
  ['Wayanad', 'Kerala', 11.6854, 76.132],
];

export const farmNames = [
  'Sahyadri',
  'Godavari',
  'Ganga',
  'Annapurna',
  'Krishna',
  'Surya',
  'Dharti',
  'Hariyali',
  'Gokul',
  'Vasundhara',
  'Prakriti',
  'Amrit',
  'Narmada',
  'Kaveri',
  'Tulsi',
  'Kamal',
  'Shivneri',
  'Malwa',
  'Nilgiri',
  'Aranya',
];
export const farmKinds = [
  'Family Farm',
  'Organic Farm',
  'Farmers Cooperative',
  'Orchard',
  'Dairy',
  'Homestead',
  'Natural Farm',
  'Growers',
];
