using System.Text;
using Hedge.Storage.Readers;
using Hedge.Tests.Simulation;
using NUnit.Framework;

namespace Hedge.Tests.Readers;

/// <summary>Who has read which keys, against a dictionary.</summary>
[TestFixture]
[Category("fast")]
public sealed class ReadKeysTests
{
    private const int KeysMax = 200;

    [Test]
    public void Readers_are_told_once_of_each_change_after_they_have_read()
    {
        for (ulong seed = 1; seed <= 50; seed++)
        {
            SimSeed chance = new(seed);
            ReadKeys table = new(0, new ReadKeyLimits(1));
            Dictionary<string, HashSet<long>> model = [];
            string[] keys = [.. Enumerable.Range(0, 1 + chance.Below(KeysMax)).Select(i => KeyOf(i, chance))];
            for (int step = 0; step < 3000; step++)
            {
                string key = keys[chance.Below(keys.Length)];
                Told told = new();
                if (chance.Chance(0.001))
                {
                    table.Clear();
                    model.Clear();
                }
                else if (chance.Chance(0.7))
                {
                    long client = chance.Below(20);
                    table.Add(Bytes(key), new KeyReader(client, 1, 2), told);
                    if (!model.TryGetValue(key, out HashSet<long>? readers)) model[key] = readers = [];
                    readers.Add(client);
                    Assert.That(told.Clients, Is.Empty);
                }
                else
                {
                    table.Change(Bytes(key), isOfClient: true, told);
                    model.Remove(key, out HashSet<long>? readers);
                    Assert.That(told.Clients, Is.EquivalentTo(readers ?? []), $"seed {seed}, step {step}");
                    Assert.That(told.Keys.Distinct(), Is.SubsetOf((string[])[key]));
                }

                Assert.That((table.Count, table.Readings),
                    Is.EqualTo((model.Count, model.Values.Sum(readers => readers.Count))));
            }
        }
    }

    [Test]
    public void Too_many_keys_are_given_up_as_if_they_had_changed()
    {
        ReadKeyLimits limits = new(4) { KeysMax = 100 };
        ReadKeys[] tables = [.. Enumerable.Range(0, 4).Select(i => new ReadKeys(i, limits))];
        Told told = new();
        for (int i = 0; i < 1000; i++) tables[0].Add(Bytes($"a{i}"), new KeyReader(i, 0, 0), told);
        Assert.That(limits.Keys, Is.EqualTo(100));
        Assert.That(told.Keys, Has.Count.EqualTo(900).And.Not.Contains("a999"));
        Assert.That(told.Keys.Distinct().Count(), Is.EqualTo(900));

        // The others get their part, and the ticks make room for it.
        for (int i = 0; i < 60; i++) tables[1 + (i % 3)].Add(Bytes($"b{i}"), new KeyReader(1, 0, 0), told);
        foreach (ReadKeys table in tables) table.Trim(told);
        Assert.That(limits.Keys, Is.EqualTo(100));
        Assert.That(tables.Skip(1).Sum(table => table.Count), Is.EqualTo(60));
    }

    [Test]
    public void The_tables_do_not_take_more_memory_than_they_may()
    {
        ReadKeyLimits limits = new(2) { BytesMax = 100_000 };
        ReadKeys table = new(0, limits);
        Told told = new();
        for (int i = 0; i < 200; i++)
        {
            table.Add(Bytes(new string('k', i * 20) + i), new KeyReader(1, 0, 0), told);
            Assert.That(limits.Bytes, Is.LessThanOrEqualTo(100_000));
        }

        Assert.That(told.Keys, Is.Not.Empty);
        for (int i = 0; i < 10_000; i++) table.Add(Bytes("same"), new KeyReader(i, 0, 0), told);
        Assert.That(table.Count, Is.EqualTo(1), "the others have made room for very many readers of one");
    }

    [Test]
    public void Without_a_limit_nothing_is_given_up()
    {
        ReadKeys table = new(0, new ReadKeyLimits(1) { KeysMax = 0 });
        Told told = new();
        for (int i = 0; i < 5000; i++) table.Add(Bytes($"{i}"), new KeyReader(1, 0, 0), told);
        table.Trim(told);
        Assert.That((table.Count, told.Keys.Count), Is.EqualTo((5000, 0)));
    }

    private static string KeyOf(int index, SimSeed chance) =>
        index == 0 ? "" : new string('x', chance.Below(100)) + index;

    private static byte[] Bytes(string key) => Encoding.Latin1.GetBytes(key);

    private sealed class Told : IReaderSink
    {
        public List<string> Keys { get; } = [];

        public List<long> Clients { get; } = [];

        public void Changed(ReadOnlySpan<byte> key, in KeyReader reader, bool isOfClient)
        {
            Keys.Add(Encoding.Latin1.GetString(key));
            Clients.Add(reader.Client);
        }

        public void Changed(ReadOnlySpan<byte> key, bool isOfClient) => throw new NotSupportedException();

        public void ChangedEverywhere() => throw new NotSupportedException();
    }
}
