using System.Globalization;
using Hedge.Host.Tools;
using Hedge.Storage.Io.Compressions;
using Hedge.Tests.Exports;
using Hedge.Tests.Processes;
using Hedge.Tests.Resp;

namespace Hedge.Tests.Checks;

/// <summary>A data directory that a server has written, with what it held when it ended.</summary>
internal sealed class CheckedDirectory : IDisposable
{
    private const int Databases = 2;

    private readonly Random _random;

    private CheckedDirectory(int seed, bool isKilled, string? threshold)
    {
        _random = new Random(seed);
        IsKilled = isKilled;
        Path = Directory.CreateTempSubdirectory("hedge-check-").FullName;
        Data = System.IO.Path.Combine(Path, "data");
        Settings =
        [
            ("cores", Pick("1", "2")),
            ("partitions", Pick("2", "4")),
            ("memtable-bytes", Pick("64kb", "256kb")),
            ("log-segment-bytes", Pick("1mb", "2mb")),
            ("value-log-threshold", threshold ?? Pick("0", "64", "1024")),
            ("compression", CompressionLibrary.IsThere(BlockCompression.Lz4) ? Pick("none", "lz4") : "none"),
            ("maxmemory", "128mb"),
            ("appendfsync", Pick("always", "everysec")),
        ];
    }

    /// <summary>The directory that holds all others of the test.</summary>
    public string Path { get; }

    /// <summary>The data directory.</summary>
    public string Data { get; }

    /// <summary>True when the server was killed, false when it stopped in order.</summary>
    public bool IsKilled { get; }

    /// <summary>The server's settings.</summary>
    public IReadOnlyList<(string Name, string Value)> Settings { get; }

    /// <summary>By database, what clients saw.</summary>
    public SortedDictionary<string, string>[] Contents { get; } =
        new SortedDictionary<string, string>[Databases];

    /// <summary>What tells one directory from another.</summary>
    public string Name => string.Join(' ', Settings.Select(s => $"{s.Name}={s.Value}"))
        + (IsKilled ? " killed" : " stopped");

    /// <summary>Has a server write one.</summary>
    public static async Task<CheckedDirectory> WriteAsync(
        int seed, bool isKilled, bool isSaved = false, string? threshold = null)
    {
        CheckedDirectory written = new(seed, isKilled, threshold);
        using ServerProcess server = await written.StartAsync(written.Data);
        await using TestConnection client = await server.ConnectAsync();
        for (int database = 0; database < Databases; database++)
        {
            await client.CallAsync("SELECT", Number(database));
            await new CollectionFill(client, seed + database).FillAsync();
            await written.ChurnAsync(client);
        }

        if (isSaved) await client.CallAsync("SAVE");
        await ReadAsync(client, written.Contents);
        if (isKilled) server.Kill();
        else await server.TerminateAsync();
        return written;
    }

    /// <summary>Copies a directory.</summary>
    public string Copy(string name)
    {
        string copy = System.IO.Path.Combine(Path, name);
        if (Directory.Exists(copy)) Directory.Delete(copy, true);
        string[] folders = Directory.GetDirectories(Data, "*", SearchOption.AllDirectories);
        foreach (string folder in folders.Prepend(Data))
            Directory.CreateDirectory(copy + folder[Data.Length..]);
        foreach (string file in FilesOf(Data)) File.Copy(file, copy + file[Data.Length..]);
        return copy;
    }

    /// <summary>All files, but the one that is locked.</summary>
    public static string[] FilesOf(string directory) =>
        [.. Directory.GetFiles(directory, "*", SearchOption.AllDirectories)
            .Where(file => !file.EndsWith("/LOCK", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    /// <summary>Checks a directory.</summary>
    public static (int Code, string Output) Check(string directory, bool isJson = false)
    {
        StringWriter output = new(CultureInfo.InvariantCulture);
        StringWriter errors = new(CultureInfo.InvariantCulture);
        CheckWords words = new(directory, 32 << 20, System.IO.Path.GetTempPath(), isJson);
        int code = CheckTool.Run(words, output, errors, new ToolProgress(errors, true, false));
        return (code, $"{output}{errors}");
    }

    /// <summary>Salvages a directory.</summary>
    public static (int Code, string Output) Salvage(
        string directory, string target, bool dropsDoubtful = false)
    {
        StringWriter output = new(CultureInfo.InvariantCulture);
        StringWriter errors = new(CultureInfo.InvariantCulture);
        SalvageWords words = new(directory, target, 32 << 20, dropsDoubtful, false);
        int code = SalvageTool.Run(words, output, errors, new ToolProgress(errors, true, false));
        return (code, $"{output}{errors}");
    }

    /// <summary>Starts a server on a directory; null when it refuses.</summary>
    public async Task<SortedDictionary<string, string>[]?> OpenAsync(string directory)
    {
        ServerProcess server;
        try
        {
            server = await StartAsync(directory);
        }
        catch (InvalidOperationException)
        {
            return null;
        }

        using (server)
        {
            await using TestConnection client = await server.ConnectAsync();
            var contents = new SortedDictionary<string, string>[Databases];
            await ReadAsync(client, contents);
            await server.TerminateAsync();
            return contents;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Path, true);

    private Task<ServerProcess> StartAsync(string directory) =>
        ServerProcess.StartAsync(new ServerLaunch { Directory = directory, Settings = Settings });

    private static async Task ReadAsync(TestConnection client, SortedDictionary<string, string>[] contents)
    {
        for (int database = 0; database < Databases; database++)
        {
            await client.CallAsync("SELECT", Number(database));
            contents[database] = await KeyContents.ReadAsync(client);
            contents[database].Add("(number of keys)", (await client.CallAsync("DBSIZE")).ToString());
        }
    }

    // Writes over, removes and moves, so that there are runs with dead entries, value files, transactions.
    private async Task ChurnAsync(TestConnection client)
    {
        for (int i = 0; i < 1500; i++)
        {
            string key = Number(_random.Next(300));
            int length = _random.Next(5) == 0 ? _random.Next(4000) : _random.Next(100);
            string value = $"{i}.".PadRight(length, 'x');
            switch (_random.Next(10))
            {
                case < 5: client.Send("SET", $"s{key}", value); break;
                case 5: client.Send("DEL", $"s{key}"); break;
                case 6: client.Send("RPUSH", $"l{key}", value, value); break;
                case 7: client.Send("HSET", $"h{_random.Next(4)}", key, value); break;
                case 8: client.Send("MSET", $"s{key}", value, $"t{key}", value); break;
                default: client.Send("RENAME", $"l{key}", $"l{_random.Next(300)}"); break;
            }

            await client.ReadAsync();
            if (i % 500 == 499) await client.CallAsync("SAVE");
        }

        await client.CallAsync("HEDGE.DELRANGE", "t1", "t2");
    }

    private string Pick(params string[] words) => words[_random.Next(words.Length)];

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
