using Hedge.Host.Clients;
using Hedge.Host.Declarations;
using Hedge.Host.Scripting;
using Hedge.Host.Servers;

namespace Hedge.Host.Executions;

/// <summary>Finds what EVAL, EVALSHA and FCALL run.</summary>
internal static class ScriptLookup
{
    /// <summary>The script that a request is going to run; null when the server does not know it. It is kept
    /// with the request.</summary>
    public static ScriptProgram? Find(Server server, Request request)
    {
        request.Program ??= FindNow(server, request);
        return (ScriptProgram?)request.Program;
    }

    private static ScriptProgram? FindNow(Server server, Request request)
    {
        ReadOnlySpan<byte> argument = request.Argument(1);
        if (request.Command!.Has(CommandTraits.NamesFunction)) return server.Functions.Current.Find(argument);
        ScriptDigest digest;
        if (!request.Command!.Has(CommandTraits.NamesScript)) digest = ScriptDigest.Of(argument);
        else if (!ScriptDigest.TryParse(argument, out digest)) return null;
        return server.Scripts.Find(digest);
    }
}
