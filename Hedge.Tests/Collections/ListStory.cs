using System.Globalization;
using System.Text;
using Hedge.Storage.Records;
using Hedge.Storage.Types;
using NUnit.Framework;

namespace Hedge.Tests.Collections;

/// <summary>Two lists that grow and shrink in phases, at their ends and anywhere, beside their
/// models.</summary>
internal sealed class ListStory(ulong seed) : StoredWorld(seed, Keys, 400)
{
    private const int Keys = 2;
    private readonly List<string>[] _models = [[], []];
    private int _phase;

    protected override RecordType TypeOf(int key) => RecordType.List;

    protected override void Step()
    {
        int key = Random.Next(Keys);
        List<string> model = _models[key];
        if (Random.Next(60) == 0) _phase = Random.Next(3);
        int what = Random.Next(100);
        if (Random.Next(100) == 0)
        {
            Copy(key, key ^ 1);
            _models[key ^ 1] = [.. model];
        }
        else if (what < 10) Insert(key, Random.Next(model.Count + 1));
        else if (what < 15) Set(key, Place(model.Count));
        else if (what < 20) Remove(key, Random.Next(model.Count + 1), Few(300));
        else if (what < (_phase == 0 ? 45 : _phase == 1 ? 85 : 60)) Push(key);
        else Pop(key);
    }

    protected override void Check(int key)
    {
        List<string> found = [];
        bool isBackwards = Random.Next(2) == 0;
        Open(key, collection =>
        {
            found.Clear();
            StoredList list = new(collection);
            if (!list.TryRead(0, list.Count)) return false;
            if (list.Count == 0) return true;
            using StoredList.Walk walk = list.From(isBackwards ? list.Count - 1 : 0, isBackwards);
            while (walk.TryNext(out ReadOnlySpan<byte> text)) found.Add(Encoding.ASCII.GetString(text));
            return !walk.IsMissing;
        });
        if (isBackwards) found.Reverse();
        Assert.That(found, Is.EqualTo(_models[key]), $"list {key}");
    }

    // Near the ends more often than elsewhere.
    private int Place(int count) => Random.Next(3) switch
    {
        0 => Random.Next(Math.Min(count, 12) + 1),
        1 => count - Random.Next(Math.Min(count, 12) + 1),
        _ => Random.Next(count + 1),
    };

    private int Few(int most) => Random.Next(Random.Next(5) == 0 ? most : 3);

    private string Element()
    {
        int length = Random.Next(10) == 0 ? Random.Next(400) : Random.Next(12);
        return Random.Next(1000).ToString(CultureInfo.InvariantCulture).PadRight(length, 'x');
    }

    private void Push(int key)
    {
        bool atHead = Random.Next(2) == 0;
        string[] texts = [.. Enumerable.Range(0, 1 + Few(12)).Select(_ => Element())];
        Open(key, collection =>
        {
            StoredList list = new(collection);
            if (!list.TryPreparePush(atHead, texts.Sum(text => text.Length), texts.Length)) return false;
            foreach (string text in texts) Assert.That(list.TryPush(Bytes(text), atHead));
            return true;
        });
        foreach (string text in texts) _models[key].Insert(atHead ? 0 : _models[key].Count, text);
    }

    private void Pop(int key)
    {
        int count = Math.Min(_models[key].Count, 1 + Few(20));
        Remove(key, Random.Next(2) == 0 ? 0 : _models[key].Count - count, count);
    }

    private void Insert(int key, int at)
    {
        string text = Element();
        Open(key, collection => new StoredList(collection).TryInsert(at, Bytes(text)));
        _models[key].Insert(at, text);
    }

    private void Set(int key, int at)
    {
        if (at == _models[key].Count) return;
        string text = Element();
        Open(key, collection =>
        {
            StoredList list = new(collection);
            if (!list.TryAt(at, out ReadOnlySpan<byte> old)) return false;
            Assert.That(Encoding.ASCII.GetString(old), Is.EqualTo(_models[key][at]));
            return list.TrySet(at, Bytes(text));
        });
        _models[key][at] = text;
    }

    private void Remove(int key, int at, int count)
    {
        count = Math.Min(count, _models[key].Count - at);
        if (count == 0) return;
        Open(key, collection =>
        {
            StoredList list = new(collection);
            if (!list.TryPrepareRemoval(at, count)) return false;
            list.Remove(at, count);
            return true;
        });
        _models[key].RemoveRange(at, count);
    }
}
