using System.Globalization;
using System.Net.Sockets;
using Hedge.Resp.Clients;
using Hedge.Tests.Resp;

namespace Hedge.Tests.Processes;

/// <summary>
/// A client with keys of its own that sends random writes, a few at a time, until its connection breaks, and
/// knows what each reply must be and what may be there afterwards.
/// </summary>
internal sealed class CrashClient
{
    /// <summary>Keys of each client; the first half hold numbers, the others text.</summary>
    public const int Keys = 24;

    private const int PipelineMax = 4;
    private const int GroupMax = 4;
    private static readonly DateTimeOffset FarAway = DateTimeOffset.UtcNow.AddDays(30);

    private readonly string _name;
    private readonly Random _random;
    private KeyState[] _start = [.. Enumerable.Repeat(KeyState.Absent, Keys)];
    private int _tag;

    public CrashClient(string name, int seed)
    {
        _name = name;
        _random = new Random(seed);
        History = new KeyHistory(_start);
    }

    /// <summary>What was done in this run of the server.</summary>
    public KeyHistory History { get; private set; }

    /// <summary>Replies that were not what they must be.</summary>
    public string? WrongReply { get; private set; }

    /// <summary>Sends writes until the connection breaks or the token asks for the end.</summary>
    public async Task RunAsync(TestConnection connection, CancellationToken end)
    {
        History = new KeyHistory(_start);
        try
        {
            while (!end.IsCancellationRequested && WrongReply == null)
            {
                Operation[] batch =
                    [.. Enumerable.Range(0, _random.Next(1, PipelineMax + 1)).Select(_ => Next())];
                foreach (string[] request in batch.SelectMany(o => o.Requests)) connection.Send(request);
                foreach (Operation operation in batch) await Acknowledge(connection, operation);
            }
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // The server was killed: the rest is pending.
        }
    }

    /// <summary>Reads all keys.</summary>
    public async Task<KeyState[]> ReadAsync(TestConnection connection)
    {
        for (int key = 0; key < Keys; key++)
        {
            connection.Send("GET", Name(key));
            connection.Send("PEXPIRETIME", Name(key));
        }

        var states = new KeyState[Keys];
        for (int key = 0; key < Keys; key++)
        {
            RespValue value = await connection.ReadAsync();
            long expiry = (await connection.ReadAsync()).Integer;
            states[key] = value.IsNull ? KeyState.Absent : new KeyState(value.Text, expiry);
        }

        return states;
    }

    /// <summary>The next run starts from here.</summary>
    public void StartFrom(KeyState[] states) => _start = states;

    private async Task Acknowledge(TestConnection connection, Operation operation)
    {
        RespValue reply = await connection.ReadAsync();
        for (int i = 1; i < operation.Requests.Count; i++) reply = await connection.ReadAsync();
        string text = Show(reply);
        if (text == operation.Expected) operation.Acknowledge();
        else WrongReply ??= $"{operation}: {text} instead of {operation.Expected}";
    }

    private static string Show(RespValue reply) => reply.Kind switch
    {
        RespKind.Integer => reply.Integer.ToString(CultureInfo.InvariantCulture),
        RespKind.Array => string.Join(',', reply.Children.Select(Show)),
        _ => reply.IsNull ? "nil" : reply.Text,
    };

    private Operation Next()
    {
        Operation operation = _random.Next(12) switch
        {
            < 6 => Single(),
            < 8 => Pair(),
            < 11 => Transaction(),
            _ => SetMany(),
        };
        History.Add(operation);
        return operation;
    }

    private Operation Single()
    {
        (string[] request, string reply, KeyState after, int key) = Write(_random.Next(Keys));
        return new Operation { Requests = [request], Expected = reply, Changes = [(key, after)] };
    }

    private Operation Pair()
    {
        int[] keys = DistinctKeys();
        (int from, int to) = (keys[0], keys[1]);
        KeyState moved = History.Latest(from);
        string first = NewValue(from);
        string second = NewValue(to);
        bool anyThere = moved.Value != null || History.Latest(to).Value != null;
        // Numbers stay with numbers, so that all later commands fit.
        if (moved.Value == null || IsNumber(from) != IsNumber(to) || _random.Next(4) == 0)
        {
            return new Operation
            {
                Requests = [["MSETNX", Name(from), first, Name(to), second]],
                Expected = anyThere ? "0" : "1",
                Changes = anyThere ? [] : [(from, new KeyState(first, -1)), (to, new KeyState(second, -1))],
            };
        }

        bool copies = _random.Next(2) == 0;
        return new Operation
        {
            Requests =
                [copies ? ["COPY", Name(from), Name(to), "REPLACE"] : ["RENAME", Name(from), Name(to)]],
            Expected = copies ? "1" : "OK",
            Changes = [(to, moved), (from, copies ? moved : KeyState.Absent)],
        };
    }

    private Operation Transaction()
    {
        var parts = DistinctKeys().Select(Write).ToArray();
        return new Operation
        {
            Requests = [["MULTI"], .. parts.Select(p => p.Request), ["EXEC"]],
            Expected = string.Join(',', parts.Select(p => p.Reply)),
            Changes = [.. parts.Select(p => (p.Key, p.After))],
        };
    }

    private Operation SetMany()
    {
        int[] keys = DistinctKeys();
        string[] values = [.. keys.Select(NewValue)];
        return new Operation
        {
            Requests = [["MSET", .. keys.SelectMany((k, i) => (string[])[Name(k), values[i]])]],
            Expected = "OK",
            Changes = [.. keys.Select((k, i) => (k, new KeyState(values[i], -1)))],
        };
    }

    private int[] DistinctKeys()
    {
        int count = _random.Next(2, GroupMax + 1);
        return Enumerable.Range(0, Keys).OrderBy(_ => _random.Next()).Take(count).ToArray();
    }

    private (string[] Request, string Reply, KeyState After, int Key) Write(int key)
    {
        KeyState before = History.Latest(key);
        string name = Name(key);
        string moment =
            FarAway.AddSeconds(++_tag).ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        long expiry = long.Parse(moment, CultureInfo.InvariantCulture);
        string value = NewValue(key);
        string old = before.Value ?? "nil";
        bool isThere = before.Value != null;
        switch (_random.Next(16))
        {
            case 8:
                return (["GETSET", name, value], old, new KeyState(value, -1), key);
            case 9:
                return (["GETDEL", name], old, KeyState.Absent, key);
            case 10 when isThere:
                return (["GETEX", name, "PXAT", moment], old, before with { ExpiresAt = expiry }, key);
            case 11:
                return (["SET", name, value, "NX", "GET"], old,
                    isThere ? before : new KeyState(value, -1), key);
            case 12:
                return (["SET", name, value, "XX", "KEEPTTL"], isThere ? "OK" : "nil",
                    isThere ? before with { Value = value } : before, key);
            case 13:
                return (["SETNX", name, value], isThere ? "0" : "1",
                    isThere ? before : new KeyState(value, -1), key);
            case 14 when !IsNumber(key):
                string patch = $"!{_tag}!";
                string kept = before.Value ?? "";
                string patched = patch + (kept.Length > patch.Length ? kept[patch.Length..] : "");
                return (["SETRANGE", name, "0", patch], $"{patched.Length}", before with { Value = patched },
                    key);
            case 15:
                return (["UNLINK", name], isThere ? "1" : "0", KeyState.Absent, key);
            case 0:
                return (["DEL", name], before.Value == null ? "0" : "1", KeyState.Absent, key);
            case 1:
                return (["SET", name, value, "PXAT", moment], "OK", new KeyState(value, expiry), key);
            case 2 when before.Value != null:
                return (["PEXPIREAT", name, moment], "1", before with { ExpiresAt = expiry }, key);
            case 3 when before.ExpiresAt >= 0:
                return (["PERSIST", name], "1", before with { ExpiresAt = -1 }, key);
            case 4 or 5 or 6 when IsNumber(key):
                string sum = (long.Parse(before.Value ?? "0", CultureInfo.InvariantCulture) + 1)
                    .ToString(CultureInfo.InvariantCulture);
                return (["INCR", name], sum, before with { Value = sum }, key);
            case 4 or 5 when (before.Value?.Length ?? 0) < 2000:
                string longer = before.Value + value;
                return (["APPEND", name, value], $"{longer.Length}", before with { Value = longer }, key);
            default:
                return (["SET", name, value], "OK", new KeyState(value, -1), key);
        }
    }

    private static bool IsNumber(int key) => key < Keys / 2;

    // Every value is another one, so that a state names the write that made it.
    private string NewValue(int key)
    {
        string tag = (++_tag).ToString(CultureInfo.InvariantCulture);
        return IsNumber(key) ? $"{tag}000" : $"<{tag}{new string('.', _random.Next(100))}>";
    }

    private string Name(int key) => $"{_name}:{key}";
}
