using Hedge.Host.Declarations;
using Hedge.Resp;

namespace Hedge.Host.Commands.Introspection;

/// <summary>Writes a command's entry of COMMAND INFO.</summary>
internal static class InfoReply
{
    /// <summary>The entry of the command, its subcommands' within it.</summary>
    public static void Write(RespWriter reply, Command command)
    {
        CommandSpec spec = command.Spec;
        (int first, int last, int step) = LegacyRange(spec.Keys);
        reply.ArrayHeader(10);
        reply.BulkAscii(SpecText.Name(spec));
        reply.Integer(spec.Arity);
        WriteWords(reply, SpecText.Names(spec.Flags), (uint)spec.Flags);
        reply.Integer(first);
        reply.Integer(last);
        reply.Integer(step);
        AclCategory categories = SpecText.Categories(spec);
        WriteWords(reply, SpecText.Names(categories), (uint)categories);
        reply.SetHeader(spec.Tips.Count);
        foreach (string tip in spec.Tips) reply.BulkAscii(tip);
        reply.SetHeader(spec.Keys.Length);
        foreach (KeySpec keys in spec.Keys) WriteKeySpec(reply, keys);
        reply.SetHeader(command.Subcommands.Count);
        foreach (Command subcommand in command.Subcommands) Write(reply, subcommand);
    }

    /// <summary>A set of words as simple strings.</summary>
    public static void WriteWords(RespWriter reply, IEnumerable<string> words, uint bits)
    {
        reply.SetHeader(SpecText.Count(bits));
        foreach (string word in words) reply.SimpleString(word);
    }

    private static void WriteKeySpec(RespWriter reply, KeySpec keys)
    {
        reply.MapHeader(keys.Notes == null ? 3 : 4);
        if (keys.Notes != null)
        {
            reply.BulkAscii("notes");
            reply.BulkAscii(keys.Notes);
        }

        reply.BulkAscii("flags");
        WriteWords(reply, SpecText.Names(keys.Flags), (uint)keys.Flags);
        reply.BulkAscii("begin_search");
        WriteBegin(reply, keys);
        reply.BulkAscii("find_keys");
        WriteFind(reply, keys);
    }

    private static void WriteBegin(RespWriter reply, KeySpec keys)
    {
        if (keys.IsUnknown)
        {
            WriteTyped(reply, "unknown", 0);
        }
        else if (keys.Keyword != null)
        {
            WriteTyped(reply, "keyword", 2);
            reply.BulkAscii("keyword");
            reply.BulkAscii(keys.Keyword);
            WritePair(reply, "startfrom", keys.First);
        }
        else
        {
            WriteTyped(reply, "index", 1);
            WritePair(reply, "index", keys.CountAt > 0 ? keys.CountAt : keys.First);
        }
    }

    private static void WriteFind(RespWriter reply, KeySpec keys)
    {
        if (keys.IsUnknown)
        {
            WriteTyped(reply, "unknown", 0);
        }
        else if (keys.CountAt > 0)
        {
            WriteTyped(reply, "keynum", 3);
            WritePair(reply, "keynumidx", 0);
            WritePair(reply, "firstkey", keys.First - keys.CountAt);
            WritePair(reply, "keystep", keys.Step);
        }
        else
        {
            WriteTyped(reply, "range", 3);
            WritePair(reply, "lastkey", keys.Last);
            WritePair(reply, "keystep", keys.Step);
            WritePair(reply, "limit", keys.Limit);
        }
    }

    private static void WriteTyped(RespWriter reply, string type, int details)
    {
        reply.MapHeader(2);
        reply.BulkAscii("type");
        reply.BulkAscii(type);
        reply.BulkAscii("spec");
        reply.MapHeader(details);
    }

    private static void WritePair(RespWriter reply, string name, int value)
    {
        reply.BulkAscii(name);
        reply.Integer(value);
    }

    // The first-key, last-key, step triple that clients older than key specs use; several specs become one
    // range only when they follow each other without a gap.
    private static (int First, int Last, int Step) LegacyRange(KeySpec[] all)
    {
        KeySpec[] specs = all.Any(spec => spec.IsVariable)
            ? [.. all.Where(spec => !spec.IsVariable)] : all;
        if (specs.Length == 0) return default;
        if (specs.Length == 1) return (specs[0].First, AbsoluteLast(specs[0]), specs[0].Step);
        int first = int.MaxValue, last = 0;
        foreach (KeySpec spec in specs)
        {
            if (spec.Step != 1 || (last != 0 && last != spec.First - 1)) return default;
            first = Math.Min(first, spec.First);
            last = (int)Math.Max((uint)last, (uint)AbsoluteLast(spec));
        }

        return (first, last, 1);
    }

    private static int AbsoluteLast(KeySpec spec) => spec.Last >= 0 ? spec.First + spec.Last : spec.Last;
}
