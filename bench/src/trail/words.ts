// Names of people, with letters beyond ASCII as in a real directory. 72 × 72 pairs are more than the people of a trail.
export const FIRST_NAMES =
  'Ada Grace Alan Edsger Barbara Donald Katherine Linus Margaret Dennis Radia Ken Frances Tim Hedy Vint Joan Leslie Zoë André François Łukasz Søren Jürgen María José Chloé Björn Åsa İpek Nuño Ngọc Yuki Haruto Sakura Wei Jing Min Ananya Arjun Priya Rohan Fatima Omar Layla Yusuf Amara Kwame Zuri Tunde Olga Dmitri Irina Pavel Elena Marek Anna Petra Lars Ingrid Emma Noah Liam Olivia Sofia Lucas Mia Ethan Isla Leo Nora Hugo'.split(
    ' ',
  );
export const LAST_NAMES =
  'Lovelace Hopper Turing Dijkstra Liskov Knuth Johnson Torvalds Hamilton Ritchie Perlman Thompson Allen Berners Lamarr Cerf Clarke Lamport Müller Nuñez Lefèvre Kowalski Sørensen Groß García Fernández Dubois Lindqvist Öberg Yılmaz Nguyễn Tanaka Satō Suzuki Zhang Wang Kim Sharma Patel Reddy Khan Hassan Haddad Okafor Mensah Mwangi Adeyemi Ivanova Petrov Smirnov Novák Horák Svoboda Nielsen Hansen Berg Smith Jones Brown Wilson Taylor Evans Walker Wright Hughes Green Hall Wood Clark Baker Young Scott'.split(
    ' ',
  );

/** Words of notes in descriptions; the first are the most frequent. */
export const NOTE_WORDS =
  'customer asked by phone urgent copy old wrong address duplicate corrected again review approved manager quarterly audit request vendor late contract renewal missing signature scanned page total price discount region team handover holiday cover shift night backup restored manual override test account cleanup merged archived expired legal hold insurance claim repair spare part serial label batch recall inspection certificate training visitor badge lost found keys parking elevator cafeteria cable router outage maintenance window rollback release migration import partial retry timeout currency rounding tax exemption freight pallet customs delay weather strike rerouted courier locker gift wrapping engraving sample catalog translation glossary footnote appendix'.split(
    ' ',
  );

/** Words that only descriptions contain, each in about one of 100,000. */
export const RARE_WORDS =
  'heliotrope zeppelin marzipan obsidian kaleidoscope quagmire xylophone walrus bagpipe chandelier dirigible eiderdown flugelhorn gazebo harpsichord isthmus jackdaw kumquat labyrinth mandolin nectarine orangery pterodactyl quincunx rhubarb saxifrage thimble ukulele vermilion wisteria'.split(
    ' ',
  );

export const PROJECTS =
  'apollo gemini mercury orion pegasus phoenix atlas titan europa juno voyager cassini rosetta kepler hubble galileo'.split(
    ' ',
  );
export const GROUPS = 'staff sales support finance engineering operations legal warehouse'.split(' ');
export const USER_AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
  'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
];
export const MACHINE_AGENTS = ['shop-worker/4.2', 'curl/8.9.1', 'okhttp/5.1.0', 'python-requests/2.32.4'];
