using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using Hedge.Host.Commands.Keys.Payloads;
using Hedge.Resp.Clients;

namespace Hedge.Host.Tools.Imports;

/// <summary>
/// Copies the keys of a running Redis, by SCAN, PTTL and DUMP. It is no copy of one moment: a key that
/// changes after it was read keeps its old value here, and one that comes later may be missing.
/// </summary>
/// <param name="address">The server.</param>
/// <param name="tls">How to speak TLS with it.</param>
/// <param name="sender">Where keys go.</param>
/// <param name="target">The server behind it.</param>
/// <param name="counts">What has become of the keys.</param>
/// <param name="progress">Tells how far it is.</param>
/// <param name="stateFile">Where to note how far it is; null for nowhere.</param>
internal sealed class ServerImport(ServerAddress address, ToolTls tls, KeySender sender, ImportTarget target,
    ImportCounts counts, ToolProgress progress, string? stateFile)
{
    private const int KeysPerScan = 512;

    // What is asked for at once waits in the source's memory until it is read, so it is little where values
    // are long.
    private const int AskedMax = 64;
    private const long AskedBytes = 4 * 1024 * 1024;

    private readonly Stopwatch _sinceSaved = Stopwatch.StartNew();
    private int _asked = 1;

    /// <summary>Copies everything, or what is left of it.</summary>
    /// <exception cref="ToolException">A connection was lost; with a state file the next call goes
    /// on.</exception>
    public void Run()
    {
        ImportState? state = stateFile == null ? null : ImportState.Read(stateFile);
        if (state != null && state.Source != address.ToString())
            throw new ToolException($"{stateFile} is about an import from {state.Source}, not {address}");
        if (state != null) progress.Warn($"going on after {state.Keys} keys");
        try
        {
            using var source = ToolConnection.Open(address, tls);
            (List<int> databases, long keys) = Databases(source);
            if (state == null) SendLibraries(source);
            foreach (int database in databases)
            {
                if (state != null && database < state.Database) continue;
                string cursor = state?.Database == database ? state.Cursor : "0";
                Copy(source, database, cursor, state?.Keys ?? 0, keys);
            }
        }
        catch (IOException problem)
        {
            throw new ToolException($"the connection to {address} was lost: {problem.Message}", problem);
        }

        target.Flush();
        if (stateFile != null && File.Exists(stateFile)) File.Delete(stateFile);
    }

    // "db0:keys=5,expires=0,avg_ttl=0"
    private static (List<int> Databases, long Keys) Databases(ToolConnection source)
    {
        var databases = new List<int>();
        long keys = 0;
        foreach (string line in source.Require("INFO", "keyspace").Text.Split("\r\n"))
        {
            int colon = line.IndexOf(":keys=", StringComparison.Ordinal);
            if (!line.StartsWith("db", StringComparison.Ordinal) || colon < 0) continue;
            databases.Add(int.Parse(line.AsSpan(2, colon - 2), CultureInfo.InvariantCulture));
            string count = line[(colon + 6)..].Split(',')[0];
            keys += long.Parse(count, CultureInfo.InvariantCulture);
        }

        databases.Sort();
        return (databases, keys);
    }

    private void SendLibraries(ToolConnection source)
    {
        RespValue libraries = source.Call("FUNCTION", "LIST", "WITHCODE");
        // Older servers have no functions.
        if (libraries.IsError) return;
        foreach (RespValue library in libraries.Children)
        {
            for (int i = 0; i + 1 < library.Children.Count; i += 2)
                if (library[i].Text == "library_code") sender.SendLibrary(library[i + 1].Bytes.Span);
        }
    }

    private void Copy(ToolConnection source, int database, string cursor, long keysBefore, long keys)
    {
        source.Require("SELECT", database.ToString(CultureInfo.InvariantCulture));
        sender.Select(database);
        do
        {
            RespValue page = source.Require(
                "SCAN", cursor, "COUNT", KeysPerScan.ToString(CultureInfo.InvariantCulture));
            for (int first = 0; first < page[1].Children.Count;)
            {
                RespValue[] some = [.. page[1].Children.Skip(first).Take(_asked)];
                first += some.Length;
                Copy(source, some);
            }

            cursor = page[0].Text;
            progress.Tell("keys", keysBefore + counts.Sent, keys);
            if (stateFile == null || _sinceSaved.Elapsed < TimeSpan.FromSeconds(1)) continue;
            target.Flush();
            var state = new ImportState(address.ToString(), database, cursor, keysBefore + counts.Sent);
            if (cursor != "0") state.Write(stateFile);
            _sinceSaved.Restart();
        }
        while (cursor != "0");
    }

    private void Copy(ToolConnection source, RespValue[] keys)
    {
        long bytes = 0;
        foreach (RespValue key in keys)
        {
            Ask(source, "PTTL"u8, key);
            Ask(source, "DUMP"u8, key);
        }

        source.Send();
        foreach (RespValue key in keys)
        {
            RespValue left = source.Receive();
            RespValue payload = source.Receive();
            bytes += payload.Bytes.Length;
            // It is gone.
            if (left.Integer == -2 || payload.IsNull) continue;
            if (payload.IsError)
            {
                progress.Warn($"refused by the source: DUMP {key.Text}: {payload.Text}");
                counts.Refused++;
                continue;
            }

            Send(key, left.Integer, payload.Bytes.Span);
        }

        long fitting = AskedBytes * keys.Length / Math.Max(1, bytes);
        _asked = (int)Math.Clamp(Math.Min(fitting, _asked * 2L), 1, AskedMax);
    }

    private static void Ask(ToolConnection source, ReadOnlySpan<byte> command, RespValue key)
    {
        source.Begin(2);
        source.Argument(command);
        source.Argument(key.Bytes.Span);
    }

    // The version does not matter where the type is known: a type's form never changes.
    private void Send(RespValue key, long leftMilliseconds, ReadOnlySpan<byte> payload)
    {
        if (payload.Length <= DumpWriter.FooterBytes || DumpReader.TypeOf((DumpType)payload[0]) == null)
        {
            progress.Warn($"refused: {key.Text}: a type of value that is not known");
            counts.Refused++;
            return;
        }

        ulong sum = BinaryPrimitives.ReadUInt64LittleEndian(payload[^sizeof(ulong)..]);
        if (sum != 0 && sum != Crc64.Compute(payload[..^sizeof(ulong)]))
            throw new ToolException($"DUMP {key.Text} came with a wrong checksum");
        long now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        sender.Send(new RdbKey
        {
            Name = key.Bytes.Span,
            Type = (DumpType)payload[0],
            ExpireAt = leftMilliseconds < 0 ? 0 : now + Math.Clamp(leftMilliseconds, 1, long.MaxValue - now),
            IdleSeconds = -1,
            Frequency = -1,
        }, PayloadCursor.OfBody(payload));
    }
}
