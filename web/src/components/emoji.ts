/** Emoji by name: the first word is what it is called after a colon. */

const TABLE = `
😀 grinning smile happy|😃 smiley happy|😄 smile laugh|😁 grin|😆 laughing|😅 sweat_smile|🤣 rofl|😂 joy tears|🙂 slight_smile|🙃 upside_down|😉 wink|😊 blush|😇 innocent angel|🥰 adore hearts|😍 heart_eyes love|😘 kiss|😋 yum|😛 tongue|😜 crazy|🤪 zany|🤗 hug|🤭 oops|🤫 shush quiet|🤔 thinking hmm|🤐 zipper|🤨 doubt|😐 neutral|😑 expressionless|😶 mute|😏 smirk|😒 unamused|🙄 eyeroll|😬 grimace|😌 relieved|😔 pensive|😪 sleepy|😴 sleeping|😷 mask sick|🤒 ill fever|🤕 hurt|🤢 nausea|🤮 vomit|🥵 hot|🥶 cold|🥴 woozy|😵 dizzy|🤯 mind_blown|🥳 party|😎 cool sunglasses|🤓 nerd|🧐 monocle|😕 confused|😟 worried|🙁 frown sad|😮 open_mouth wow|😲 astonished|😳 flushed|🥺 pleading please|😧 anguished|😨 fearful|😰 anxious|😥 sad|😢 cry|😭 sob|😱 scream|😖 confounded|😞 disappointed|😓 sweat|😩 weary|😫 tired|🥱 yawn|😤 triumph|😡 angry rage|🤬 swearing|💀 skull|💩 poop|🤖 robot|👻 ghost|👽 alien
👋 wave hello bye|✋ hand stop|👌 ok|✌️ peace|🤞 fingers_crossed|🤟 love_you|🤙 call_me|👈 left|👉 right|👆 up|👇 down|👍 thumbsup yes +1 like|👎 thumbsdown no -1|✊ fist|👊 punch|👏 clap bravo|🙌 hands_up hooray|👐 open_hands|🤝 handshake deal|🙏 pray thanks please|✍️ writing|💪 strong muscle|🧠 brain|👀 eyes look|👤 person|👥 people|🙋 raise_hand|🤷 shrug|🤦 facepalm|🧑‍💻 technologist developer|🧑‍🔧 mechanic|🕵️ detective|👷 builder|💁 info_person|🙇 bow
❤️ heart love|🧡 orange_heart|💛 yellow_heart|💚 green_heart|💙 blue_heart|💜 purple_heart|🖤 black_heart|💔 broken_heart|💯 hundred 100|💥 boom|💫 sparkle_dizzy|💦 drops|💨 dash|💬 speech comment|💭 thought|💤 zzz
🎉 tada party hooray|🎊 confetti|🎂 cake birthday|🎁 gift|🏆 trophy|🥇 first gold|🥈 second|🥉 third|⚽ football soccer|🏀 basketball|🎯 target bullseye|🎮 game|🎲 dice|🎵 music|🎬 film|🎨 art
☕ coffee|🍵 tea|🍺 beer|🍻 cheers|🍷 wine|🥂 toast|🍕 pizza|🍔 burger|🍟 fries|🌮 taco|🍣 sushi|🍜 noodles|🥗 salad|🍎 apple|🍌 banana|🍓 strawberry|🥐 croissant|🍪 cookie|🍫 chocolate|🍿 popcorn
🐶 dog|🐱 cat|🐭 mouse|🐰 rabbit|🦊 fox|🐻 bear|🐼 panda|🐧 penguin|🐦 bird|🦉 owl|🐢 turtle|🐍 snake|🐙 octopus|🐟 fish|🐝 bee|🐛 bug|🦋 butterfly|🦄 unicorn|🌱 seedling|🌲 tree|🌵 cactus|🌹 rose|🌻 sunflower|🍀 clover luck
☀️ sun|⛅ cloudy|☁️ cloud|🌧️ rain|⛈️ storm|❄️ snow|🌈 rainbow|⭐ star|🌟 glowing_star|🌙 moon|🌍 earth world|🔥 fire|💧 drop|🌊 wave_sea
🚀 rocket launch ship|✈️ plane|🚗 car|🚲 bike|🚆 train|🚢 boat|🚧 construction wip|🚨 siren alarm|🏠 house home|🏢 office|🏭 factory|🗺️ map|⏰ alarm_clock|⏳ hourglass wait|⌛ hourglass_done|📅 calendar date|🕐 clock
💻 laptop computer|🖥️ desktop|🖨️ printer|⌨️ keyboard|📱 phone mobile|☎️ telephone|📷 camera|🔋 battery|🔌 plug|💡 idea bulb|🔦 torch|📖 book|📚 books|📝 memo note|✏️ pencil|📌 pin|📎 paperclip|✂️ scissors|📁 folder|📂 open_folder|📊 chart|📈 chart_up|📉 chart_down|📋 clipboard|📦 package box|📧 email mail|📣 megaphone announce|🔔 bell|🔕 no_bell|🔍 search|🔒 lock|🔓 unlock|🔑 key|🔨 hammer|🔧 wrench fix|⚙️ gear settings|🧪 test|🧰 toolbox|🧹 broom clean|🗑️ trash|💰 money|💳 card|🛡️ shield|🔗 link
✅ check done yes|☑️ checkbox|✔️ tick|❌ x no wrong|❎ cross|➕ plus|➖ minus|❓ question|❗ exclamation important|⚠️ warning|⛔ no_entry|🚫 forbidden|♻️ recycle|🔁 repeat|⏩ fast_forward|▶️ play|⏸️ pause|⏹️ stop|🆗 ok_button|🆕 new|🆘 sos help|ℹ️ info|🔴 red|🟠 orange|🟡 yellow|🟢 green|🔵 blue|🟣 purple|⚫ black|⚪ white|🏁 finish|🚩 flag`;

export type Emoji = readonly [sign: string, names: string];

export const emoji: readonly Emoji[] = TABLE.trim().split(/[|\n]/).map((one) => {
  const space = one.indexOf(" ");
  return [one.slice(0, space), one.slice(space + 1)] as const;
});

/** Returns emoji one of whose names begins with a text, then those that have it in them. */
export function findEmoji(part: string): Emoji[] {
  const wanted = part.toLowerCase();
  const begins = emoji.filter(([, names]) => names.split(" ").some((one) => one.startsWith(wanted)));
  return [...begins, ...emoji.filter((one) => one[1].includes(wanted) && !begins.includes(one))];
}
