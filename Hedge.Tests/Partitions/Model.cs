using System.Text;
using Hedge.Storage.Records;

namespace Hedge.Tests.Partitions;

/// <summary>What a key holds, in the model.</summary>
internal sealed record ModelValue(string Value, StringEncoding Encoding, long ExpireAt);

/// <summary>The partitions' databases as simple as can be.</summary>
internal sealed class Model
{
    private readonly SortedDictionary<string, ModelValue>[,] _databases;

    public Model(int partitions, int databases)
    {
        _databases = new SortedDictionary<string, ModelValue>[partitions, databases];
        for (int p = 0; p < partitions; p++)
            for (int d = 0; d < databases; d++) _databases[p, d] = new(StringComparer.Ordinal);
    }

    public int Partitions => _databases.GetLength(0);

    public int Databases => _databases.GetLength(1);

    public SortedDictionary<string, ModelValue> this[int partition, int database] =>
        _databases[partition, database];

    public Model Copy()
    {
        Model copy = new(Partitions, Databases);
        for (int p = 0; p < Partitions; p++)
            for (int d = 0; d < Databases; d++)
                copy._databases[p, d] = new(_databases[p, d], StringComparer.Ordinal);
        return copy;
    }

    /// <summary>Copies one partition from another model.</summary>
    public void Take(Model other, int partition)
    {
        for (int d = 0; d < Databases; d++)
            _databases[partition, d] = new(other._databases[partition, d], StringComparer.Ordinal);
    }

    public ModelValue? Find(int partition, int database, string key, long now)
    {
        if (!_databases[partition, database].TryGetValue(key, out ModelValue? value)) return null;
        return value.ExpireAt != 0 && value.ExpireAt <= now ? null : value;
    }

    public void Put(int partition, int database, string key, ModelValue value, long now)
    {
        if (value.ExpireAt != 0 && value.ExpireAt <= now) _databases[partition, database].Remove(key);
        else _databases[partition, database][key] = value;
    }

    public void WriteRange(int partition, int database, string key, int offset, string bytes, long now)
    {
        ModelValue? old = Find(partition, database, key, now);
        StringBuilder text = new(old?.Value ?? "");
        while (text.Length < offset + bytes.Length) text.Append('\0');
        text.Remove(offset, bytes.Length).Insert(offset, bytes);
        _databases[partition, database][key] = new ModelValue(text.ToString(), StringEncoding.Raw,
            old?.ExpireAt ?? 0);
    }

    public void Remove(int partition, int database, string key) =>
        _databases[partition, database].Remove(key);

    public void RemoveRange(int partition, int database, string from, string to)
    {
        foreach (string key in _databases[partition, database].Keys.ToArray())
            if (Workload.IsBetween(key, from, to)) _databases[partition, database].Remove(key);
    }

    public void Flush(int partition, int database) => _databases[partition, database].Clear();

    public void Swap(int partition, int first, int second) =>
        (_databases[partition, first], _databases[partition, second]) =
        (_databases[partition, second], _databases[partition, first]);

    public List<string> LiveKeys(int partition, int database, long now) =>
        [.. _databases[partition, database].Where(pair => Find(partition, database, pair.Key,
            now) is not null)
            .Select(pair => pair.Key)];
}
