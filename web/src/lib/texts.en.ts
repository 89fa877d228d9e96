import type { Text } from "./i18n.svelte";

export const en = {
  // general
  close: "Close", dismiss: "Dismiss", cancel: "Cancel", save: "Save", saved: "Saved", create: "Create", delete: "Delete",
  remove: "Remove", add: "Add", back: "Back", more: "More", retry: "Try again", loading: "Loading…", copied: "Copied",
  announcements: "Announcements", offline: "The server cannot be reached.", failed: "That did not work: {why}",
  yes: "Yes", no: "No", optional: "optional", skip: "Skip to the content", notFound: "There is no such page",
  notFoundMore: "The address is wrong, or what was here is gone.", home: "To the start",
  // signing in
  signIn: "Sign in", address: "SIP address", password: "Password", signInWith: "Sign in with {name}", or: "or",
  signInLead: "Rooms by topic, whose conversation stays.", signOut: "Sign out", unsent: { one: "One message was not sent yet. Signing out removes it.", other: "{n} messages were not sent yet. Signing out removes them." }, again: "Please sign in again. What you wrote is still here.",
  tooOften: { one: "Too many tries. Wait one second, please.", other: "Too many tries. Wait {n} seconds, please." },
  addressHint: "like name@example.com",
  // navigation
  navigation: "Navigation", rooms: "Rooms", yourRooms: "Your rooms", directory: "Find rooms", search: "Search", mentions: "Mentions", feeds: "Feeds",
  requests: "Requests", profile: "Profile and settings", console: "Administration", newRoom: "New room", find: "Find a room you follow",
  noRooms: "You follow no room yet.", noRoomsMore: "Find rooms, and follow those that concern you.", noneSo: "No room of that name",
  unread: { one: "one unread message", other: "{n} unread messages" },
  mentioned: { one: "one mention", other: "{n} mentions" },
  invitations: "New for you", invited: "You may now be in this room",
  // connection
  connecting: "Connecting…", noConnection: "No connection. What you write is sent as soon as there is one.",
  connectAgain: "Connect now",
  // rooms
  room: "Room", open: "Open", closed: "Closed", secret: "Secret", auditorium: "Auditorium", normal: "Normal", disabled: "Switched off",
  openMore: "Everybody in its category can see and join it.", closedMore: "Everybody in its category can find it; members are in it.",
  secretMore: "Only members know of it.", auditoriumMore: "Only presenters write; everybody reads.", normalMore: "Whoever is in it writes.",
  follow: "Follow", unfollow: "Unfollow", following: "Following", participants: "Participants", people: { one: "one person here", other: "{n} people here" },
  inRoom: { one: "one here", other: "{n} here" }, pins: "Pinned", noPins: "Nothing is pinned.", noPinsMore: "Pin what everybody should find again.", addin: "Add-in", manage: "Manage room",
  details: "Details", leave: "Leave for good", leaveSure: "Leave {room}? You are no member any more, and need somebody to let you in again.",
  joinAsk: "Ask to join", joinAskMore: "This room is closed. Its managers decide who is let in.", note: "A word to the managers", asked: "You asked to join. The managers know.",
  takeBack: "Take the request back", mayNotRead: "You may not read here.", gone: "This room was switched off or deleted, or is not for you any more.", roomMissing: "There is no such room, or it is not for you.",
  join: "Open", category: "Category", description: "Description", name: "Name", privacy: "Privacy", type: "Type", copyLink: "Copy link to the room",
  managers: "Managers", members: "Members", presenters: "Presenters", manager: "manager", presenter: "presenter",
  // directory
  allRooms: "All rooms", memberOf: "I am a member", managerOf: "I manage", directoryFind: "Name or description of a room",
  found: { one: "One room", other: "{n} rooms" }, noneFound: "No room fits.", noneFoundMore: "Try fewer words, or another list.",
  // conversation
  conversation: "Conversation in {room}", beginning: "This is the beginning of {room}.",
  purgedBefore: "Older messages were removed.", noHistory: "This room keeps no history: you see what is said from now on.",
  newMessages: "New", jumpUnread: { one: "One new message", other: "{n} new messages" }, jumpNow: "To the newest", jumpDate: "Jump to a day", jump: "Jump",
  emptyRoom: "Nobody has said anything yet.", emptyRoomMore: "Be the first.",
  edited: "edited", deleted: "This message was deleted.", alert: "Alert", story: "Story", pinned: "pinned", sending: "being sent", queued: "is sent when there is a connection", notSent: "Not sent: {why}",
  discard: "Discard", actions: "What to do with this message", quote: "Quote", edit: "Edit", pin: "Pin", unpin: "Take the pin out", link: "Copy link",
  deleteSure: "Delete this message? The others see that something was deleted.", showMore: "Show all", showLess: "Show less",
  typing: "{names} is writing…", typingMany: "{names} are writing…", and: " and ", says: "{name}: {text}", manyNew: { one: "One new message", other: "{n} new messages" },
  goneFile: "That file is not there any more.",
  // composer
  write: "Message to {room}", writeStory: "Text of the story", title: "Title", send: "Send", attach: "Attach files", emoji: "Emoji", makeAlert: "Alert: everybody is notified", makeStory: "Story: a longer text with a title",
  editing: "You are changing a message.", tooLong: { one: "one character too many", other: "{n} characters too many" }, onlyPresenters: "Only presenters write in this auditorium.", readOnly: "You may read here, not write.",
  roomDisabled: "This room is switched off.", drop: "Drop files to send them to {room}", uploading: "{name}: {n} percent", uploadFailed: "{name} could not be sent: {why}", suggestions: "Suggestions",
  commandOnly: "Only you see this:", noFiles: "Files are not allowed in this room.", filesOffline: "Files need a connection.",
  // search
  searchHint: "Words, parts of words, “a phrase”", searchRooms: "in", everywhere: "all rooms", from: "from", author: "Author", since: "since", until: "until", matchAll: "all words", matchAny: "any word", matchPhrase: "the phrase", match: "Matching",
  order: "Order", newest: "newest first", oldest: "oldest first", caseSensitive: "Case matters", hits: { one: "One message", other: "{n} messages" }, noHits: "Nothing was found.", noHitsMore: "Try other or fewer words.", moreHits: "More messages",
  searchLead: "Search everything you may read.", thisRoom: "Search in this room",
  // mentions and feeds
  noMentions: "Nobody has mentioned you.", noMentionsMore: "Messages with @{name} appear here.", newFeed: "New feed", feedName: "Name of the feed", keywords: "Words", keywordsHint: "one a line; any of them", authors: "Authors",
  noFeeds: "You have no feed.", noFeedsMore: "A feed collects messages with certain words, or of certain people, out of the rooms that you follow.", editFeed: "Change feed", deleteFeedSure: "Delete the feed {name}?", feedEmpty: "Nothing in this feed yet.", feedNeeds: "A feed needs a word or an author.",
  // requests
  noRequests: "Nobody is waiting.", noRequestsMore: "Who asks to join one of your rooms appears here.", approve: "Let in", decline: "Decline", wants: "{name} asks to join {room}", approved: "{name} was let in", declined: "The request of {name} was declined",
  // manage
  manageTitle: "Manage {room}", createLead: "A room is for one topic. Choose a category: it decides who can be in it.", noCategories: "You may not create rooms in any category.", addPerson: "Add person or group", noAddin: "none",
  group: "group", container: "container", domain: "domain", person: "person", disableRoom: "Switch the room off", disableMore: "Nobody can open it, until a manager switches it on again.", created: "The room was created",
  changedElsewhere: "Somebody else changed this room in the meantime. Look at it anew.", none: "nobody", removeNamed: "Remove {name}",
  // profile
  appearance: "Appearance", theme: "Theme", system: "like the system", light: "light", dark: "dark", language: "Language", notifications: "Notifications", notifyAll: "every message in my rooms", notifyMentions: "mentions and alerts", notifyNone: "nothing",
  notifyAllow: "Let this browser show notifications", notifyBlocked: "This browser does not let Parlour show notifications.", notifyUnsupported: "This browser has no notifications.", changePassword: "Change password", currentPassword: "Present password", newPassword: "New password", passwordChanged: "The password was changed. Everywhere else you are signed out.",
  sessions: "Where you are signed in", thisSession: "this one", endSession: "Sign out there", endSessions: "Sign out everywhere else", lastUsed: "last used {at}", tokens: "Access tokens", tokensMore: "For programs that act in your name.", newToken: "New token", tokenName: "Name", scopes: "May", scopeRead: "read", scopeWrite: "write", scopeManage: "manage rooms", scopeAdmin: "administer",
  days: "Valid for", daysN: { one: "one day", other: "{n} days" }, forever: "without end", tokenOnce: "Copy it now: it is not shown again.", copy: "Copy", revoke: "Revoke", expires: "until {at}", never: "never used", noTokens: "You have no tokens.", keyboard: "Keyboard",
  keysSearch: "find a room", keysMessages: "from the field to the messages and back", keysMove: "from message to message", keysActions: "what to do with a message", keysSend: "send", keysLine: "new line", keysEdit: "change one's last message (in the empty field)", keysRooms: "next, previous room",
} satisfies Record<string, Text>;
