using Hedge.Host.Declarations;
using Hedge.Resp;

namespace Hedge.Host.Commands.Introspection;

/// <summary>Writes a command's entry of COMMAND DOCS.</summary>
internal static class DocsReply
{
    /// <summary>Name and documentation of the command, its subcommands' within it.</summary>
    public static void Write(RespWriter reply, Command command)
    {
        CommandSpec spec = command.Spec;
        reply.BulkAscii(SpecText.Name(spec));
        IReadOnlyList<ArgumentNode> arguments = SyntaxParser.Parse(spec);
        bool hasFlags = spec.DeprecatedSince != null || spec.IsSystemCommand;
        reply.MapHeader(3 + One(spec.Complexity.Length > 0) + One(hasFlags)
            + 2 * One(spec.DeprecatedSince != null) + One(spec.History.Count > 0) + One(arguments.Count > 0)
            + One(command.Subcommands.Count > 0));
        WritePair(reply, "summary", spec.Summary);
        WritePair(reply, "since", spec.Since);
        WritePair(reply, "group", spec.Group);
        if (spec.Complexity.Length > 0) WritePair(reply, "complexity", spec.Complexity);
        if (hasFlags) WriteFlags(reply, spec);
        if (spec.DeprecatedSince != null)
        {
            WritePair(reply, "deprecated_since", spec.DeprecatedSince);
            WritePair(reply, "replaced_by", spec.ReplacedBy ?? "");
        }

        if (spec.History.Count > 0) WriteHistory(reply, spec);
        WriteArguments(reply, arguments);
        if (command.Subcommands.Count == 0) return;
        reply.BulkAscii("subcommands");
        reply.MapHeader(command.Subcommands.Count);
        foreach (Command subcommand in command.Subcommands) Write(reply, subcommand);
    }

    private static int One(bool condition) => condition ? 1 : 0;

    private static void WritePair(RespWriter reply, string name, string value)
    {
        reply.BulkAscii(name);
        reply.BulkAscii(value);
    }

    private static void WriteFlags(RespWriter reply, CommandSpec spec)
    {
        reply.BulkAscii("doc_flags");
        reply.SetHeader(One(spec.DeprecatedSince != null) + One(spec.IsSystemCommand));
        if (spec.DeprecatedSince != null) reply.SimpleString("deprecated");
        if (spec.IsSystemCommand) reply.SimpleString("syscmd");
    }

    private static void WriteHistory(RespWriter reply, CommandSpec spec)
    {
        reply.BulkAscii("history");
        reply.SetHeader(spec.History.Count);
        foreach ((string version, string change) in spec.History)
        {
            reply.ArrayHeader(2);
            reply.BulkAscii(version);
            reply.BulkAscii(change);
        }
    }

    private static void WriteArguments(RespWriter reply, IReadOnlyList<ArgumentNode> arguments)
    {
        if (arguments.Count == 0) return;
        reply.BulkAscii("arguments");
        reply.ArrayHeader(arguments.Count);
        foreach (ArgumentNode argument in arguments) WriteArgument(reply, argument);
    }

    private static void WriteArgument(RespWriter reply, ArgumentNode node)
    {
        int flags = One(node.IsOptional) + One(node.IsMultiple) + One(node.RepeatsToken);
        reply.MapHeader(2 + One(node.KeySpecIndex >= 0) + One(node.Token != null) + One(node.Since != null)
            + One(node.DeprecatedSince != null) + One(flags > 0) + One(node.Children.Count > 0));
        WritePair(reply, "name", node.Name);
        WritePair(reply, "type", node.Type);
        if (node.KeySpecIndex >= 0)
        {
            reply.BulkAscii("key_spec_index");
            reply.Integer(node.KeySpecIndex);
        }

        if (node.Token != null) WritePair(reply, "token", node.Token);
        if (node.Since != null) WritePair(reply, "since", node.Since);
        if (node.DeprecatedSince != null) WritePair(reply, "deprecated_since", node.DeprecatedSince);
        if (flags > 0)
        {
            reply.BulkAscii("flags");
            reply.SetHeader(flags);
            if (node.IsOptional) reply.SimpleString("optional");
            if (node.IsMultiple) reply.SimpleString("multiple");
            if (node.RepeatsToken) reply.SimpleString("multiple_token");
        }

        WriteArguments(reply, node.Children);
    }
}
