using Hedge.Host.Scripting;
using Hedge.Resp;

namespace Hedge.Host.Commands.Scripting;

/// <summary>What the subcommands of FUNCTION answer.</summary>
internal static class FunctionReplies
{
    /// <summary>Writes what FUNCTION LIST shows of a library.</summary>
    public static void Write(RespWriter reply, FunctionLibrary library, bool withCode)
    {
        reply.MapHeader(withCode ? 4 : 3);
        reply.BulkAscii("library_name");
        reply.BulkAscii(library.Name);
        reply.BulkAscii("engine");
        reply.BulkAscii("LUA");
        reply.BulkAscii("functions");
        reply.ArrayHeader(library.Functions.Count);
        foreach (Function function in library.Functions) Write(reply, function);
        if (!withCode) return;
        reply.BulkAscii("library_code");
        reply.Bulk(library.Text.Span);
    }

    private static void Write(RespWriter reply, Function function)
    {
        reply.MapHeader(3);
        reply.BulkAscii("name");
        reply.BulkAscii(function.Name);
        reply.BulkAscii("description");
        if (function.Description is { } description)
            reply.Bulk(System.Text.Encoding.Latin1.GetBytes(description));
        else reply.Null();
        reply.BulkAscii("flags");
        string[] flags = [.. ScriptFlagNames.Of(function.Flags)];
        reply.SetHeader(flags.Length);
        foreach (string flag in flags) reply.SimpleString(flag);
    }
}
