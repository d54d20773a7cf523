using System.Globalization;
using System.Text;
using Hedge.Host.Commands.Keys.Payloads;

namespace Hedge.Host.Tools.Imports;

/// <summary>Sends what an RDB file holds to a server: first the whole file is looked at, then it is
/// sent.</summary>
internal static class RdbImport
{
    /// <summary>Looks at a file, and sends nothing.</summary>
    /// <returns>Where it ends, and how many keys it has.</returns>
    /// <exception cref="ToolException">It is damaged, or has data of modules that were not to be left
    /// out.</exception>
    public static (long End, long Keys) Check(MappedFile file, bool skipsModules, ToolProgress progress)
    {
        var check = new RdbCheck(skipsModules, progress);
        using var reader = new RdbReader(file, check)
        {
            Progress = at => progress.Tell("bytes checked", at, file.Length),
        };
        long end = reader.Read();
        return (end, check.Keys);
    }

    /// <summary>Sends a file that was looked at.</summary>
    public static void Send(MappedFile file, long keys, KeySender sender, ImportCounts counts,
        ToolProgress progress)
    {
        var sending = new RdbSending(sender, counts, keys, progress);
        using var reader = new RdbReader(file, sending);
        try
        {
            reader.Read();
        }
        catch (ToolException problem)
        {
            throw new ToolException(string.Create(CultureInfo.InvariantCulture,
                $"{file.Path}, offset {reader.Offset}: {problem.Message}"), problem);
        }
    }

    private sealed class RdbCheck(bool skipsModules, ToolProgress progress) : IRdbSink
    {
        private readonly HashSet<string> _modules = [];

        public long Keys { get; private set; }

        public void TakeKey(in RdbKey key, PayloadCursor body) => Keys++;

        public void TakeModule(string module, ReadOnlySpan<byte> key)
        {
            string what = key.IsEmpty ? "data" : $"the key \"{Encoding.UTF8.GetString(key)}\"";
            if (!skipsModules)
            {
                throw new ToolException($"{what} is of the module type {module}, which no Hedge knows; "
                    + "--skip-modules leaves such out");
            }

            if (_modules.Add(module))
                progress.Warn($"left out: {what}, and all else of the module type {module}");
        }
    }

    private sealed class RdbSending(KeySender sender, ImportCounts counts, long keys, ToolProgress progress)
        : IRdbSink
    {
        private const int TellEvery = 1024;

        private long _done;

        public void SelectDatabase(int database) => sender.Select(database);

        public void TakeLibrary(ReadOnlySpan<byte> code) => sender.SendLibrary(code);

        public void TakeKey(in RdbKey key, PayloadCursor body)
        {
            sender.Send(key, body);
            if (++_done % TellEvery == 0) progress.Tell("keys", _done, keys);
        }

        public void TakeModule(string module, ReadOnlySpan<byte> key) => counts.Modules++;
    }
}
