using System.Globalization;
using Hedge.Storage.Records;
using Text = System.Text.Encoding;

namespace Hedge.Tests.Commands.Keys.Payloads;

/// <summary>Collections at a server.</summary>
/// <param name="run">Sends a request and answers the reply.</param>
internal sealed class ServerCollections(Func<byte[][], byte[]> run)
{
    /// <summary>Makes a collection at the key "k" of random elements.</summary>
    public void Make(RecordType type, int count, int shape, Random random)
    {
        run([.. CommandLine.Split("DEL k")]);
        while (count > 0)
        {
            int now = Math.Min(count, 200);
            count -= now;
            List<byte[]> words = [Text.ASCII.GetBytes(type switch
            {
                RecordType.List => "RPUSH",
                RecordType.Set => "SADD",
                RecordType.Hash => "HSET",
                _ => "ZADD",
            }), "k"u8.ToArray()];
            for (int i = 0; i < now; i++)
            {
                if (type == RecordType.SortedSet) words.Add(Score(random));
                words.Add(Word(shape, random));
                if (type == RecordType.Hash) words.Add(Word(random.Next(3), random));
            }

            run([.. words]);
        }
    }

    /// <summary>The payload of a key.</summary>
    public byte[] Dump(string key)
    {
        byte[] reply = run(["DUMP"u8.ToArray(), Text.ASCII.GetBytes(key)]);
        int start = Array.IndexOf(reply, (byte)'\n') + 1;
        return reply[start..^2];
    }

    /// <summary>Restores a payload at a key; the reply.</summary>
    public string Restore(string key, byte[] payload)
    {
        byte[] name = Text.ASCII.GetBytes(key);
        return Text.Latin1.GetString(
            run(["RESTORE"u8.ToArray(), name, "0"u8.ToArray(), payload, "REPLACE"u8.ToArray()]));
    }

    /// <summary>How a key's value is encoded.</summary>
    public string Encoding(string key) =>
        Text.ASCII.GetString(run([.. CommandLine.Split($"OBJECT ENCODING {key}")]));

    /// <summary>What a key holds, as <see cref="CollectedElements.Shown"/>.</summary>
    public IEnumerable<string> Shown(string key, RecordType type)
    {
        List<string> words = Words(run([.. CommandLine.Split(type switch
        {
            RecordType.List => $"LRANGE {key} 0 -1",
            RecordType.Set => $"SMEMBERS {key}",
            RecordType.Hash => $"HGETALL {key}",
            _ => $"ZRANGE {key} 0 -1 WITHSCORES",
        })]));
        if (type == RecordType.List) return words;
        if (type == RecordType.Set) return words.Order(StringComparer.Ordinal);
        IEnumerable<string> pairs = words.Chunk(2)
            .Select(pair => $"{pair[0]} = {(type == RecordType.Hash ? pair[1] : Number(pair[1]))}");
        return pairs.Order(StringComparer.Ordinal);
    }

    private static string Number(string text) => text switch
    {
        "inf" => $"{double.PositiveInfinity:R}",
        "-inf" => $"{double.NegativeInfinity:R}",
        _ => $"{double.Parse(text, CultureInfo.InvariantCulture) + 0.0:R}",
    };

    // A reply that is an array of bulk strings.
    private static List<string> Words(byte[] reply)
    {
        var words = new List<string>();
        int at = Array.IndexOf(reply, (byte)'\n') + 1;
        while (at < reply.Length)
        {
            int end = Array.IndexOf(reply, (byte)'\n', at) + 1;
            string head = Text.ASCII.GetString(reply, at + 1, end - at - 3);
            int length = int.Parse(head, CultureInfo.InvariantCulture);
            words.Add(Text.Latin1.GetString(reply, end, length));
            at = end + length + 2;
        }

        return words;
    }

    private static byte[] Score(Random random) => Text.ASCII.GetBytes(random.Next(9) switch
    {
        0 => "inf",
        1 => "-inf",
        2 => "0",
        3 => random.Next(-1000, 1000).ToString(CultureInfo.InvariantCulture),
        4 => random.NextInt64(long.MinValue, long.MaxValue).ToString(CultureInfo.InvariantCulture),
        5 => $"{random.NextDouble() * 1000:R}",
        6 => $"{random.NextDouble() * Math.Pow(10, random.Next(-300, 300)):E16}",
        7 => $"{(1L << random.Next(50, 63)) + random.Next(-2, 3)}",
        _ => $"-{random.Next(100)}.5",
    });

    private static byte[] Word(int shape, Random random)
    {
        switch (shape)
        {
            case 0:
                return Text.ASCII.GetBytes(Border(random).ToString(CultureInfo.InvariantCulture));
            case 1:
                byte[] bytes = new byte[random.Next(40)];
                random.NextBytes(bytes);
                return bytes;
            case 2:
                return Text.ASCII.GetBytes($"member:{random.Next(100_000)}");
            default:
                int[] lengths =
                    [0, 1, 63, 64, 65, 121, 122, 127, 128, 250, 251, 4094, 4095, 4096, 8180, 8192, 17_000];
                byte[] text = new byte[lengths[random.Next(lengths.Length)]];
                if (random.Next(2) == 0) random.NextBytes(text);
                else text.AsSpan().Fill((byte)random.Next('a', 'z'));
                return text;
        }
    }

    private static long Border(Random random)
    {
        int bits = random.Next(64);
        long border = bits == 63 ? long.MaxValue : 1L << bits;
        long near = unchecked(border + random.Next(-2, 3));
        return random.Next(2) == 0 ? near : unchecked(-near);
    }
}
