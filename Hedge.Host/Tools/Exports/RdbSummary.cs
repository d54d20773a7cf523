using System.Globalization;
using System.Text;
using Hedge.Host.Commands.Keys.Payloads;
using Hedge.Host.Commands.Replication;
using Hedge.Host.Tools.Imports;

namespace Hedge.Host.Tools.Exports;

/// <summary>What an RDB file holds, once all of it has been read and its checksum compared.</summary>
internal sealed class RdbSummary : IRdbSink
{
    private RdbSummary()
    {
    }

    /// <summary>How many keys there are.</summary>
    public long Keys { get; private set; }

    /// <summary>Of how many hashes the times of fields were left out.</summary>
    public long TimesLeftOut { get; private set; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="ToolException">It is damaged.</exception>
    public static RdbSummary Of(string path, ToolProgress progress)
    {
        var summary = new RdbSummary();
        using var file = new MappedFile(path);
        using var reader = new RdbReader(file, summary)
        {
            Progress = at => progress.Tell("bytes read back", at, file.Length),
        };
        reader.Read();
        return summary;
    }

    /// <inheritdoc/>
    public void TakeField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (name.SequenceEqual(Encoding.ASCII.GetBytes(RdbWriter.TimesLeftOut)))
            TimesLeftOut = long.Parse(value, NumberStyles.None, CultureInfo.InvariantCulture);
    }

    /// <inheritdoc/>
    public void TakeKey(in RdbKey key, PayloadCursor body) => Keys++;

}
