using System.Buffers;
using System.Text;
using Hedge.Resp;

namespace Hedge.Host.Tools.Imports;

/// <summary>
/// Sends the commands of an append-only file to a server, as they stand there. A file ends well at the end of
/// a command; one that ends within a command, or within a transaction, was being written when its server
/// ended.
/// </summary>
internal static class AofImport
{
    private const int RequestBytesMax = 2_000_000_000;

    /// <summary>Sends the commands from an offset on.</summary>
    /// <returns>How the file ends, when it does not end well.</returns>
    /// <exception cref="ToolException">It is damaged, or the connection was lost.</exception>
    public static string? Send(MappedFile file, long start, ImportTarget target, ImportCounts counts,
        ToolProgress progress)
    {
        var parser = new RequestParser(new ParserLimits { ProtoMaxBulkLength = int.MaxValue });
        var arguments = new RequestArguments();
        bool isOpen = false;
        long at = start;
        while (at < file.Length)
        {
            if (file.At(at) == '#')
            {
                int note = file.Span(at, ParserLimits.LineBytesMax).IndexOf((byte)'\n');
                if (note < 0) break;
                at += note + 1;
                continue;
            }

            if (file.At(at) != '*')
                throw new ToolException($"{file.Path}, offset {at}: no command begins there");
            ReadOnlySpan<byte> rest = file.Span(at, RequestBytesMax);
            ParseStatus status = parser.Parse(rest, arguments, out int length);
            if (status == ParseStatus.Error)
                throw new ToolException($"{file.Path}, offset {at}: {parser.ErrorText}");
            if (status == ParseStatus.Incomplete) break;
            if (arguments.Count > 0)
            {
                ReadOnlySpan<byte> name = arguments.Get(0, rest);
                if (Ascii.EqualsIgnoreCase(name, "MULTI"u8)) isOpen = true;
                if (Ascii.EqualsIgnoreCase(name, "EXEC"u8)) isOpen = false;
                target.Connection.Output.Write(rest[..length]);
                target.End(name);
                counts.Sent++;
            }

            at += length;
            progress.Tell("bytes of commands", at - start, file.Length - start);
        }

        if (isOpen) target.Call("DISCARD");
        if (at < file.Length)
            return $"{file.Path} ends within a command, at offset {at}; all before it was sent";
        return isOpen ? $"{file.Path} ends within a transaction, which was left out" : null;
    }
}
