using System.Globalization;
using System.Text;
using Hedge.Storage.Records;
using Hedge.Storage.Types;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Collections;

/// <summary>Lists, sets and sorted sets as commands use them, with nodes of any length, against lists, hash
/// sets and dictionaries: through flushes, merges, evictions, copies, and kills of the process.</summary>
[TestFixture]
public sealed class StoredTypesTests
{
    private const int Keys = 6;
    private const int StepsPerLife = 120;

    [Test]
    [Category("fast")]
    public void Types_are_what_was_done_to_them_after_kills() => Run(10);

    [Test]
    [Category("sim")]
    public void Types_are_what_was_done_to_them_after_many_kills() => Run(SimCounts.Times(60));

    private static void Run(int seeds) => StoredWorld.LiveAll(seeds, seed => new Story(seed));

    // Keys 0 and 1 hold lists, 2 and 3 sets, 4 and 5 sorted sets. The model has an element's text and, of a
    // sorted set, its score.
    private sealed class Story(ulong seed) : StoredWorld(seed, Keys, StepsPerLife)
    {
        private readonly List<string>[] _lists = [[], []];
        private readonly HashSet<string>[] _sets = [[], []];
        private readonly Dictionary<string, double>[] _scores = [[], []];

        protected override RecordType TypeOf(int key) => key < 2 ? RecordType.List
            : key < 4 ? RecordType.Set : RecordType.SortedSet;

        protected override void Step()
        {
            int key = Random.Next(Keys);
            if (Random.Next(80) == 0) Copy(key);
            else if (key < 2) ChangeList(key);
            else if (key < 4) ChangeSet(key);
            else ChangeScores(key);
        }

        private void ChangeList(int key)
        {
            List<string> model = _lists[key];
            string text = Text();
            int at = Random.Next(model.Count + 1);
            int count = Math.Min(model.Count - at, Random.Next(Random.Next(20) == 0 ? 400 : 4));
            int what = Random.Next(13);
            // Pops at both ends beside removals anywhere.
            if (what > 8) at = what < 11 ? 0 : model.Count - count;
            Open(key, collection =>
            {
                StoredList list = new(collection);
                if (what < 2) return list.TryPush(Bytes(text), what == 0);
                if (what < 5) return list.TryInsert(at, Bytes(text));
                if (what == 5) return at == model.Count || list.TrySet(at, Bytes(text));
                if (count == 0) return true;
                if (!list.TryPrepareRemoval(at, count)) return false;
                list.Remove(at, count);
                return true;
            });
            if (what < 2) model.Insert(what == 0 ? 0 : model.Count, text);
            else if (what < 5) model.Insert(at, text);
            else if (what > 5) model.RemoveRange(at, count);
            else if (at < model.Count) model[at] = text;
        }

        private void ChangeSet(int key)
        {
            HashSet<string> model = _sets[key - 2];
            string[] texts = [.. Enumerable.Range(0, 1 + Random.Next(4)).Select(_ => Text()).Distinct()];
            bool removes = Random.Next(3) == 0;
            Open(key, collection =>
            {
                StoredSet set = new(collection);
                bool isRead = true;
                foreach (string text in texts) isRead &= set.TryFind(Bytes(text), out _);
                if (!isRead) return false;
                foreach (string text in texts)
                {
                    if (removes && !collection.Exists) break;
                    bool isDone = removes ? set.Remove(Bytes(text))
                        : set.TryAdd(Bytes(text), out bool isNew) && isNew;
                    Assert.That(isDone, Is.EqualTo(removes == model.Contains(text)));
                }

                return true;
            });
            if (removes) model.ExceptWith(texts);
            else model.UnionWith(texts);
        }

        private void ChangeScores(int key)
        {
            Dictionary<string, double> model = _scores[key - 4];
            string text = Text();
            double score = Random.Next(30) - 10;
            int from = Random.Next(model.Count + 1);
            int count = Math.Min(model.Count - from, Random.Next(Random.Next(20) == 0 ? 300 : 5));
            bool removes = Random.Next(4) == 0;
            string[] gone = removes ? [.. Sorted(model).Skip(from).Take(count).Select(pair => pair.Key)] : [];
            Open(key, collection =>
            {
                StoredSortedSet set = new(collection);
                if (removes)
                {
                    if (count == 0) return true;
                    if (!set.TryPrepareRemoval(from, count)) return false;
                    set.Remove(from, count);
                    return true;
                }

                bool isRead = set.TryFind(Bytes(text), out bool isThere, out double old)
                    & set.TryPrepare(Bytes(text), score);
                if (!isRead || (isThere && !set.TryPrepare(Bytes(text), old))) return false;
                if (isThere && old == score) return true;
                set.Insert(Bytes(text), score);
                if (isThere) set.Remove(Bytes(text), old, isReplaced: true);
                return true;
            });
            if (removes) foreach (string member in gone) model.Remove(member);
            else model[text] = score;
        }

        // A key is copied over the other one of its type.
        private void Copy(int key)
        {
            Copy(key, key ^ 1);
            int to = (key ^ 1) % 2;
            if (key < 2) _lists[to] = [.. _lists[key % 2]];
            else if (key < 4) _sets[to] = [.. _sets[key % 2]];
            else _scores[to] = new(_scores[key % 2]);
        }

        protected override void Check(int key)
        {
            List<string> found = [];
            Open(key, collection =>
            {
                found.Clear();
                if (key < 2) return TryList(new StoredList(collection), found);
                if (key < 4) return TryList(new StoredSet(collection), found);
                return TryList(new StoredSortedSet(collection), found);
            });
            if (key < 2) Assert.That(found, Is.EqualTo(_lists[key]), $"list {key}");
            else if (key < 4) Assert.That(found, Is.EquivalentTo(_sets[key - 2]), $"set {key}");
            else
            {
                IEnumerable<string> model = Sorted(_scores[key - 4]).Select(Line);
                Assert.That(found, Is.EqualTo(model), $"sorted set {key}");
            }
        }

        private static bool TryList(StoredList list, List<string> found)
        {
            if (!list.TryRead(0, list.Count)) return false;
            if (list.Count == 0) return true;
            using StoredList.Walk walk = list.From(list.Count - 1, isBackwards: true);
            while (walk.TryNext(out ReadOnlySpan<byte> text)) found.Insert(0, Encoding.ASCII.GetString(text));
            return !walk.IsMissing;
        }

        private static bool TryList(StoredSet set, List<string> found)
        {
            if (!set.TryRead(0, set.Count)) return false;
            using StoredSet.Walk walk = set.From(0);
            while (walk.TryNext(out ReadOnlySpan<byte> text)) found.Add(Encoding.ASCII.GetString(text));
            return !walk.IsMissing;
        }

        // Each member's score and rank are what the other tree says, too.
        private static bool TryList(StoredSortedSet set, List<string> found)
        {
            if (!set.TryRead(0, set.Count)) return false;
            bool isRead = true;
            using StoredSortedSet.Walk walk = set.From(0);
            for (int rank = 0; walk.TryNext(out ReadOnlySpan<byte> text, out double score); rank++)
            {
                found.Add(Line(new(Encoding.ASCII.GetString(text), score)));
                bool isKnown = set.TryFind(text, out bool isThere, out double its)
                    & set.TryRank(text, score, out long its2);
                isRead &= isKnown;
                if (!isKnown) continue;
                Assert.That((isThere, its, its2), Is.EqualTo((true, score, (long)rank)));
            }

            return isRead && !walk.IsMissing;
        }

        private static IOrderedEnumerable<KeyValuePair<string, double>> Sorted(
            Dictionary<string, double> scores) =>
            scores.OrderBy(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal);

        private static string Line(KeyValuePair<string, double> pair) =>
            string.Create(CultureInfo.InvariantCulture, $"{pair.Key} {pair.Value}");
    }
}
