using System.Text;
using Hedge.Storage.Partitions;
using Hedge.Storage.Records;
using Hedge.Storage.Types;
using NUnit.Framework;

namespace Hedge.Tests.Collections;

/// <summary>A few hashes whose fields expire, and a model of them: dictionaries. Time passes now and then.
/// The keys 0 and 1 are changed often, 2 and 3 seldom, so that the owner finds their fields on
/// disk.</summary>
internal sealed class HashStory(ulong seed) : StoredWorld(seed, Keys, StepsPerLife)
{
    private const int Keys = 4;
    private const int StepsPerLife = 150;

    private readonly SortedDictionary<string, (string Value, long ExpireAt)>[] _model =
        [.. Enumerable.Range(0, Keys).Select(_ =>
            new SortedDictionary<string, (string, long)>(StringComparer.Ordinal))];

    // Look-ups leave fields to the owner.
    private readonly bool _leavesFields = seed % 2 == 0;

    private Partition _partition = null!;

    /// <summary>Fields whose time had come.</summary>
    public long Expired { get; private set; }

    private long Now => Clock.UnixMilliseconds;

    protected override RecordType TypeOf(int key) => RecordType.Hash;

    protected override void Begin(Partition partition)
    {
        _partition = partition;
        if (_leavesFields) partition.Fields.FieldsPerStep = 3;
    }

    protected override void Step()
    {
        if (Random.Next(6) == 0) Clock.Advance(1000L * Random.Next(1, Random.Next(30) == 0 ? 3000 : 60));
        int key = Random.Next(5) > 0 ? Random.Next(2) : Random.Next(Keys);
        string[] fields = [.. Enumerable.Range(0, 1 + Random.Next(Random.Next(8) == 0 ? 40 : 4))
            .Select(_ => Text())];
        Expire();
        switch (Random.Next(10))
        {
            case 0 when Random.Next(6) == 0:
                Copy(key, key ^ 1);
                _model[key ^ 1].Clear();
                foreach (var pair in _model[key]) _model[key ^ 1].Add(pair.Key, pair.Value);
                break;
            case < 3:
                Set(key, fields, keepsTime: false);
                break;
            case 3:
                Set(key, fields, keepsTime: true);
                break;
            case 4:
                Remove(key, fields);
                break;
            case 5:
                GiveTimes(key, fields, 0, Text());
                break;
            default:
                GiveTimes(key, fields, Now + Random.Next(1, Random.Next(3) == 0 ? 2000 : 100),
                    Random.Next(3) == 0 ? Text() : null);
                break;
        }
    }

    protected override void Check(int key)
    {
        Expire();
        // What has expired is not shown either while nothing can be written.
        bool canWrite = Random.Next(3) > 0;
        if (!canWrite) _partition.Settings.Shared.Failures.SetDirectory(new IOException("out of reach"));
        ulong changes = _partition.Sequence;
        SortedDictionary<string, (string, long)> found = new(StringComparer.Ordinal);
        Open(key, collection =>
        {
            found.Clear();
            Assert.That(collection.Exists, Is.EqualTo(_model[key].Count > 0), $"key {key} exists");
            StoredHash hash = new(collection);
            Assert.That(hash.Count, Is.EqualTo(_model[key].Count), "the number of fields");
            return TryList(hash, found);
        });
        _partition.Settings.Shared.Failures.SetDirectory(null);
        Assert.That(found, Is.EqualTo(_model[key]), $"hash {key}");
        if (!canWrite) Assert.That(_partition.Sequence, Is.EqualTo(changes), "nothing is written");
    }

    // A walk, a scan, positions and look-ups show the same.
    private static bool TryList(StoredHash hash, SortedDictionary<string, (string, long)> found)
    {
        if (!hash.TryRead(0, hash.Count)) return false;
        long[] places = [.. Enumerable.Range(0, (int)hash.Count)];
        if (!hash.TryShift(places)) return false;
        Sink sink = new();
        ulong cursor = 0;
        do
        {
            if (!hash.TryScan(ref cursor, 10, ref sink)) return false;
        }
        while (cursor != 0);
        bool isRead = true;
        using StoredHash.Walk walk = hash.From(0);
        for (long i = 0; walk.TryNext(out ReadOnlySpan<byte> field, out ReadOnlySpan<byte> value); i++)
        {
            bool isKnown = hash.TryFind(field, out bool isThere, out ReadOnlySpan<byte> its, out long time)
                & hash.TryAt(places[i], out ReadOnlySpan<byte> atPlace, out _);
            isRead &= isKnown;
            if (!isKnown) continue;
            Assert.That(isThere && its.SequenceEqual(value) && atPlace.SequenceEqual(field));
            found.Add(Encoding.ASCII.GetString(field), (Encoding.ASCII.GetString(value), time));
        }

        if (isRead) Assert.That(sink.Fields, Is.EquivalentTo(found.Keys), "a scan");
        return isRead && !walk.IsMissing;
    }

    private void Set(int key, string[] fields, bool keepsTime)
    {
        string text = Text();
        Open(key, collection =>
        {
            StoredHash hash = new(collection);
            bool isRead = true;
            foreach (string field in fields) isRead &= hash.TryPrepare(Bytes(field), out _, out _, out _);
            if (!isRead) return false;
            HashSet<string> there = [.. _model[key].Keys];
            foreach (string field in fields)
            {
                Assert.That(hash.TrySet(Bytes(field), Bytes(text), out bool isNew, keepsTime));
                Assert.That(isNew, Is.EqualTo(there.Add(field)), "it is new");
            }

            return true;
        });
        foreach (string field in fields)
        {
            long time = keepsTime && _model[key].TryGetValue(field, out var old) ? old.ExpireAt : 0;
            _model[key][field] = (text, time);
        }
    }

    private void Remove(int key, string[] fields)
    {
        Open(key, collection =>
        {
            StoredHash hash = new(collection);
            bool isRead = true;
            foreach (string field in fields) isRead &= hash.TryPrepare(Bytes(field), out _, out _, out _);
            if (!isRead) return false;
            HashSet<string> there = [.. _model[key].Keys];
            foreach (string field in fields)
            {
                bool isThere = there.Remove(field);
                if (!collection.Exists) continue;
                Assert.That(hash.HasStill(Bytes(field), out _), Is.EqualTo(isThere));
                Assert.That(hash.Remove(Bytes(field)), Is.EqualTo(isThere));
            }

            return true;
        });
        foreach (string field in fields) _model[key].Remove(field);
    }

    // With a value all of the fields get it, otherwise those that are there keep theirs.
    private void GiveTimes(int key, string[] fields, long expireAt, string? value)
    {
        Open(key, collection =>
        {
            StoredHash hash = new(collection);
            bool isRead = true;
            foreach (string field in fields)
            {
                isRead &= hash.TryPrepare(Bytes(field), out _, out _, out _)
                    && hash.TryPrepareTime(Bytes(field), expireAt);
            }

            if (!isRead) return false;
            long[] old = new long[fields.Length];
            for (int i = 0; i < fields.Length; i++)
            {
                byte[] field = Bytes(fields[i]);
                Assert.That(hash.TryFind(field, out bool isThere, out ReadOnlySpan<byte> its));
                if (value != null) old[i] = hash.SetWithTime(field, Bytes(value), expireAt);
                else if (isThere) old[i] = hash.SetWithTime(field, its, expireAt);
            }

            for (int i = 0; i < fields.Length; i++)
                if (old[i] != 0) hash.ForgetTime(Bytes(fields[i]), old[i]);
            return true;
        });
        foreach (string field in fields)
        {
            if (value != null) _model[key][field] = (value, expireAt);
            else if (_model[key].TryGetValue(field, out var its)) _model[key][field] = (its.Value, expireAt);
        }
    }

    private void Expire()
    {
        foreach (SortedDictionary<string, (string Value, long ExpireAt)> model in _model)
        {
            string[] due = [.. model.Where(pair => pair.Value.ExpireAt != 0 && pair.Value.ExpireAt <= Now)
                .Select(pair => pair.Key)];
            foreach (string field in due) model.Remove(field);
            Expired += due.Length;
        }
    }

    private sealed class Sink : IElementSink
    {
        public HashSet<string> Fields { get; } = [];

        public void Take(ReadOnlySpan<byte> element, ReadOnlySpan<byte> value, double score) =>
            Fields.Add(Encoding.ASCII.GetString(element));
    }
}
