using Hedge.Host.Commands.Keys.Payloads;
using Hedge.Host.Scripting;
using Hedge.Host.Servers;
using Hedge.Storage.Engines;

namespace Hedge.Host.Commands.Scripting;

/// <summary>
/// Libraries as bytes: what FUNCTION DUMP shows, FUNCTION RESTORE takes, and the data directory keeps.
/// <code>
/// payload = ( F5 string )* version checksum       the string is a library's text (<see cref="DumpWriter"/>)
/// </code>
/// </summary>
internal static class FunctionPayload
{
    private const byte LibraryMark = 0xF5;

    /// <summary>Writes libraries.</summary>
    public static void Write(FunctionTable table, PayloadOutput output)
    {
        foreach (FunctionLibrary library in table.Libraries)
        {
            output.AddByte(LibraryMark);
            output.AddString(library.Text.Span);
        }

        output.AddFooter(0);
    }

    /// <summary>Reads what <see cref="Write"/> and Redis write.</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="machine">What the libraries run on, to know their functions.</param>
    /// <param name="error">The error reply, when the answer is null.</param>
    public static IReadOnlyList<FunctionLibrary>? Read(ReadOnlySpan<byte> payload, ScriptMachine machine,
        out string error)
    {
        error = "ERR DUMP payload version or checksum are wrong";
        if (!DumpReader.IsIntact(payload)) return null;
        using var memory = new PayloadMemory();
        var cursor = new PayloadCursor(payload[..^DumpWriter.FooterBytes]);
        var libraries = new List<FunctionLibrary>();
        while (cursor.TryBytes(1, out ReadOnlySpan<byte> mark))
        {
            error = "ERR given type is not a function";
            if (mark[0] != LibraryMark) return null;
            error = "ERR Failed to read the library";
            if (!cursor.TryString(memory, out ReadOnlySpan<byte> text)) return null;
            if (FunctionLibrary.Load(text, machine, null, out error) is not { } library) return null;
            libraries.Add(library);
        }

        return libraries;
    }

    /// <summary>At start: takes over the functions that are in the data directory.</summary>
    /// <exception cref="IOException">Their file is damaged.</exception>
    public static void Open(Server server, Engine engine)
    {
        server.Functions.ReplaceFile = engine.ReplaceFile;
        if (engine.ReadFile(FunctionStore.FileName) is not { } payload) return;
        ScriptMachine machine = server.MakeScriptMachine();
        FunctionTable? table = FunctionTable.Empty;
        IReadOnlyList<FunctionLibrary>? libraries = Read(payload.Span, machine, out string error);
        for (int i = 0; i < libraries?.Count && table is not null; i++)
            table = table.With(libraries[i], out error);
        if (libraries is null || table is null)
        {
            throw new IOException(
                $"the file {FunctionStore.FileName} of the data directory is damaged: {error}");
        }

        server.Functions.End(table);
    }
}
