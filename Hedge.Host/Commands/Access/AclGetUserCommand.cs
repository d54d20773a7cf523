using System.Text;
using Hedge.Host.Access;
using Hedge.Host.Declarations;
using Hedge.Resp;

namespace Hedge.Host.Commands.Access;

internal sealed class AclGetUserCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ACL|GETUSER", 3,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Syntax = "username",
        Since = "6.0.0",
        Group = "server",
        Complexity = "O(N). Where N is the number of password, command and pattern rules that the user has.",
        Summary = "Get the rules for a specific ACL user",
        History =
        [
            ("6.2.0", "Added Pub/Sub channel patterns."),
            ("7.0.0",
            "Added selectors and changed the format of key and channel patterns from a list to their " +
            "rule representation."),
        ],
    };

    private const int Fields = 6;
    private const int SelectorFields = 3;

    public static void Execute(CommandContext context)
    {
        RespWriter reply = context.Reply;
        string name = Encoding.Latin1.GetString(context.Argument(2));
        if (context.Server.Users.Find(name)?.Rights is not { } rights)
        {
            reply.Null();
            return;
        }

        reply.MapHeader(Fields);
        reply.Bulk("flags"u8);
        WriteAll(reply, [.. rights.Flags], isSet: true);
        reply.Bulk("passwords"u8);
        WriteAll(reply, [.. rights.Passwords], isSet: false);
        Write(reply, rights.Root);
        reply.Bulk("selectors"u8);
        reply.ArrayHeader(rights.Selectors.Count);
        foreach (Selector selector in rights.Selectors)
        {
            reply.MapHeader(SelectorFields);
            Write(reply, selector);
        }
    }

    private static void Write(RespWriter reply, Selector selector)
    {
        reply.Bulk("commands"u8);
        reply.Bulk(Encoding.Latin1.GetBytes(selector.CommandText));
        reply.Bulk("keys"u8);
        reply.Bulk(Encoding.Latin1.GetBytes(selector.KeyText));
        reply.Bulk("channels"u8);
        reply.Bulk(Encoding.Latin1.GetBytes(selector.ChannelText));
    }

    private static void WriteAll(RespWriter reply, string[] words, bool isSet)
    {
        if (isSet) reply.SetHeader(words.Length);
        else reply.ArrayHeader(words.Length);
        foreach (string word in words) reply.BulkAscii(word);
    }
}
