using Hedge.Storage.Types;
using NUnit.Framework;

namespace Hedge.Tests.Collections;

/// <summary>What happens to a few streams in a partition's records, and to the same in dictionaries: from one
/// seed, life after life of the process.</summary>
internal sealed class StreamStory(ulong seed) : StreamWorld(seed)
{
    // More than an entry has beside its text.
    private const int RoomBytes = 64;

    protected override void Step()
    {
        int key = Random.Next(Keys);
        StreamModel model = Models[key];
        int what = Random.Next(100);
        if (what < 35) Append(key, model);
        else if (what < 40) Trim(key, model);
        else if (what < 47) Delete(key, model);
        else if (what < 49) SetHead(key, model);
        else if (what < 50)
        {
            Copy(key, key ^ 1);
            Models[key ^ 1] = Models[key].Copy();
        }
        else if (model.Groups.Count == 0 || what < 55) CreateGroup(key, model);
        else ChangeGroup(key, model, what);
    }

    private void ChangeGroup(int key, StreamModel model, int what)
    {
        string name = model.Groups.Keys[Random.Next(model.Groups.Count)];
        StreamModel.Group group = model.Groups[name];
        if (what < 56) RemoveGroup(key, model, name);
        else if (what < 59) RemoveConsumer(key, name, group);
        else if (what < 80) Give(key, model, name, group);
        else if (what < 90) Claim(key, name, group);
        else Acknowledge(key, name, group);
    }

    private void Append(int key, StreamModel model)
    {
        int added = 1 + Random.Next(3);
        long trimmed = Random.Next(3) == 0 ? Random.Next(Random.Next(9) == 0 ? 300 : 6) : 0;
        trimmed = Math.Min(trimmed, model.Entries.Count + added);
        if (Random.Next(3) > 0 && trimmed > model.Entries.Count) trimmed = model.Entries.Count;
        StreamId last = model.LastId;
        (StreamId Id, string Text)[] entries = new (StreamId, string)[added];
        for (int i = 0; i < added; i++)
        {
            last = Random.Next(3) == 0 ? new(last.Milliseconds + (ulong)Random.Next(1, 300), 0)
                : new(last.Milliseconds, last.Sequence + 1);
            entries[i] = (last, Text());
        }

        Run(key, stream =>
        {
            if (trimmed == 0)
            {
                if (!stream.TryLastId(out StreamId its)) return false;
                Assert.That(its, Is.EqualTo(model.LastId));
            }
            else
            {
                bool isRead = stream.TryOpen(out StreamHead head)
                    & stream.TryPrepareTrim(Math.Min(trimmed, model.Entries.Count));
                if (!isRead) return false;
                Assert.That(head.Length, Is.EqualTo(model.Entries.Count));
            }

            int bytes = entries.Sum(entry => (2 * entry.Text.Length) + RoomBytes);
            if (!stream.TryPrepareAppend(bytes)) return false;
            foreach ((StreamId id, string text) in entries) Append(stream, id, text);
            stream.Trim(trimmed);
            return true;
        });
        foreach ((StreamId id, string text) in entries) model.Entries.Add(id, $"f={text};g{text}=;");
        for (; trimmed > 0; trimmed--) model.Entries.RemoveAt(0);
        model.Exists = true;
        model.LastId = last;
        model.Added += added;
    }

    private static void Append(StoredStream stream, StreamId id, string text)
    {
        using StreamEntryWriter writer = new(
            stackalloc byte[StreamEntryWriter.SmallBytes], 2, (2 * text.Length) + 2);
        writer.Add("f"u8, Bytes(text));
        writer.Add(Bytes("g" + text), default);
        stream.Append(id, writer.Content);
    }

    private void Trim(int key, StreamModel model)
    {
        long count = Random.Next(model.Entries.Count + 1);
        bool isRounded = Random.Next(2) == 0;
        long done = 0;
        Run(key, stream =>
        {
            if (!stream.TryOpen(out _)) return false;
            done = count;
            if (isRounded && !stream.TryRoundTrim(count, out done)) return false;
            Assert.That(done, Is.InRange(0, count));
            if (!stream.TryPrepareTrim(done)) return false;
            stream.Trim(done);
            return true;
        });
        for (; done > 0; done--) model.Entries.RemoveAt(0);
    }

    private void Delete(int key, StreamModel model)
    {
        StreamId[] ids = [.. Enumerable.Range(0, Random.Next(1, 9)).Select(_ => AnyId(model))];
        if (Random.Next(3) == 0) ids = [.. ids, .. model.Entries.Keys.TakeLast(2)];
        long expected = ids.Distinct().Count(model.Entries.ContainsKey);
        Run(key, stream =>
        {
            if (!stream.TryOpen(out _) || !stream.TryDelete(ids, out long deleted)) return false;
            Assert.That(deleted, Is.EqualTo(expected));
            return true;
        });
        foreach (StreamId id in ids)
            if (model.Entries.Remove(id) && id > model.MaxDeleted) model.MaxDeleted = id;
    }

    private void SetHead(int key, StreamModel model)
    {
        StreamId last = new(model.LastId.Milliseconds + 1, (ulong)Random.Next(3));
        long added = model.Entries.Count + Random.Next(100);
        StreamId deleted = AnyId(model);
        Run(key, stream =>
        {
            if (!stream.TryOpen(out StreamHead head)) return false;
            stream.SetHead(head with { LastId = last, MaxDeletedId = deleted, EntriesAdded = added });
            return true;
        });
        (model.Exists, model.LastId, model.Added, model.MaxDeleted) = (true, last, added, deleted);
    }

    private void CreateGroup(int key, StreamModel model)
    {
        string name = Name();
        StreamId id = AnyId(model);
        long read = Random.Next(2) == 0 ? -1 : Random.Next(50);
        bool exists = model.Groups.ContainsKey(name);
        Run(key, stream =>
        {
            bool isRead = stream.TryOpen(out _) & stream.Groups.TryFind(Bytes(name), out bool isThere, out _);
            if (!isRead) return false;
            Assert.That(isThere, Is.EqualTo(exists));
            if (!isThere) stream.Groups.Create(Bytes(name), id, read);
            return true;
        });
        if (!exists) model.Groups.Add(name, new() { LastId = id, Read = read });
        model.Exists = true;
    }

    private void RemoveGroup(int key, StreamModel model, string name)
    {
        Run(key, stream =>
        {
            if (!stream.TryOpen(out _) | !TryGroup(stream, name, out StreamGroup group)) return false;
            if (!stream.Groups.TryPrepareRemoval(group)) return false;
            stream.Groups.Remove(Bytes(name), group);
            return true;
        });
        model.Groups.Remove(name);
    }

    private void RemoveConsumer(int key, string name, StreamModel.Group model)
    {
        if (model.Consumers.Count == 0) return;
        string consumer = model.Consumers.Keys[Random.Next(model.Consumers.Count)];
        int expected = model.Pending.Count(pending => pending.Value.Consumer == consumer);
        Run(key, stream =>
        {
            if (!TryConsumer(stream, name, consumer, out StreamGroup group, out StreamConsumer its))
                return false;
            bool isRead = stream.Pending.TryCount(group, its.Number, out long count)
                & stream.Groups.TryPrepareConsumerRemoval(group, its);
            if (!isRead) return false;
            Assert.That(count, Is.EqualTo(expected));
            stream.Groups.RemoveConsumer(group, Bytes(consumer), its);
            return true;
        });
        model.Consumers.Remove(consumer);
        foreach (StreamId id in model.Pending.Keys.ToArray())
            if (model.Pending[id].Consumer == consumer) model.Pending.Remove(id);
    }

    // New entries for a consumer, who may be new.
    private void Give(int key, StreamModel model, string name, StreamModel.Group group)
    {
        string consumer = Name();
        StreamId[] ids = [.. Enumerable.Range(0, Random.Next(12)).Select(_ => AnyId(model)).Distinct()
            .Where(id => !group.Pending.ContainsKey(id))];
        long now = Clock.UnixMilliseconds;
        bool exists = group.Consumers.ContainsKey(consumer);
        StreamId last = ids.Length > 0 ? ids.Max() : group.LastId;
        Run(key, stream =>
        {
            if (!TryGroup(stream, name, out StreamGroup its)) return false;
            bool isFound = stream.Groups.TryFindConsumer(
                its, Bytes(consumer), out bool isThere, out StreamConsumer who);
            if (!isFound) return false;
            Assert.That(isThere, Is.EqualTo(exists));
            uint number = isThere ? who.Number : its.NextConsumer;
            bool isRead = true;
            foreach (StreamId id in ids) isRead &= stream.Pending.TryPrepare(its, number, id);
            if (!isRead) return false;
            if (!isThere) stream.Groups.CreateConsumer(Bytes(name), ref its, Bytes(consumer), now, -1);
            stream.Groups.Set(Bytes(name), its with { LastId = last, EntriesRead = its.EntriesRead + 1 });
            stream.Groups.SetConsumer(its, Bytes(consumer), new StreamConsumer(number, now, now));
            foreach (StreamId id in ids) stream.Pending.Set(its, id, new StreamPending(number, now, 1));
            return true;
        });
        group.Consumers[consumer] = new(now, now);
        foreach (StreamId id in ids) group.Pending.Add(id, new(consumer, now, 1));
        (group.LastId, group.Read) = (last, group.Read + 1);
    }

    // Pending entries of others for a consumer.
    private void Claim(int key, string name, StreamModel.Group model)
    {
        if (model.Consumers.Count == 0) return;
        string consumer = model.Consumers.Keys[Random.Next(model.Consumers.Count)];
        StreamId[] ids = [.. model.Pending.Keys.Where(_ => Random.Next(3) == 0)];
        Random.Shuffle(ids);
        long now = Clock.UnixMilliseconds;
        Run(key, stream =>
        {
            if (!TryConsumer(stream, name, consumer, out StreamGroup group, out StreamConsumer its))
                return false;
            StreamPending[] old = new StreamPending[ids.Length];
            bool isRead = true;
            for (int i = 0; i < ids.Length; i++)
            {
                isRead &= stream.Pending.TryFind(group, ids[i], out _, out old[i])
                    && stream.Pending.TryPrepare(group, its.Number, ids[i])
                    & stream.Pending.TryPrepare(group, old[i].Consumer, ids[i]);
            }

            if (!isRead) return false;
            for (int i = 0; i < ids.Length; i++)
            {
                StreamPending changed = new(its.Number, now, old[i].Deliveries + 1);
                stream.Pending.Set(group, ids[i], changed);
            }

            for (int i = 0; i < ids.Length; i++)
            {
                if (old[i].Consumer != its.Number) stream.Pending.Remove(group, old[i].Consumer, ids[i]);
            }

            return true;
        });
        foreach (StreamId id in ids)
            model.Pending[id] = new(consumer, now, model.Pending[id].Deliveries + 1);
    }

    private void Acknowledge(int key, string name, StreamModel.Group model)
    {
        int rarity = Random.Next(1, 4);
        StreamId[] ids = [.. model.Pending.Keys.Where(_ => Random.Next(rarity) == 0)];
        Random.Shuffle(ids);
        Run(key, stream =>
        {
            if (!TryGroup(stream, name, out StreamGroup group)) return false;
            StreamPending[] old = new StreamPending[ids.Length];
            bool isRead = true;
            for (int i = 0; i < ids.Length; i++)
            {
                isRead &= stream.Pending.TryFind(group, ids[i], out _, out old[i])
                    && stream.Pending.TryPrepare(group, old[i].Consumer, ids[i]);
            }

            if (!isRead) return false;
            for (int i = 0; i < ids.Length; i++) stream.Pending.Remove(group, old[i].Consumer, ids[i]);
            return true;
        });
        foreach (StreamId id in ids) model.Pending.Remove(id);
    }

    private static bool TryGroup(StoredStream stream, string name, out StreamGroup group)
    {
        bool isRead = stream.Groups.TryFind(Bytes(name), out bool isThere, out group);
        if (isRead) Assert.That(isThere, name);
        return isRead;
    }

    private static bool TryConsumer(StoredStream stream, string name, string consumer, out StreamGroup group,
        out StreamConsumer its)
    {
        its = default;
        if (!TryGroup(stream, name, out group)) return false;
        bool isRead = stream.Groups.TryFindConsumer(group, Bytes(consumer), out bool isThere, out its);
        if (isRead) Assert.That(isThere, consumer);
        return isRead;
    }
}
