using System.Text;
using Hedge.Host.Commands.Keys.Payloads;
using Hedge.Host.Tools;
using Hedge.Host.Tools.Imports;
using Hedge.Storage.Records;
using Hedge.Tests.Commands.Keys.Payloads;
using NUnit.Framework;

namespace Hedge.Tests.Tools;

/// <summary>RDB files of all versions and encodings are read to their end; damaged ones end in an error that
/// says where.</summary>
[TestFixture]
internal sealed class RdbReaderTests
{
    private string _path = "";

    [SetUp]
    public void Name() => _path = Path.GetTempFileName();

    [TearDown]
    public void Remove() => File.Delete(_path);

    [Test]
    public void Every_part_is_told()
    {
        byte[] file = new RdbFile()
            .Add(0xFA).Text("redis-ver").Text("7.2.4").Add(0xF5).Text("#!lua name=x").Add(0xFE, 3, 0xFB, 2, 1)
            .Add(0xFC, 0xE8, 3, 0, 0, 0, 0, 0, 0).Key(0, "a", 1, (byte)'x')
            .Add(0xFD, 5, 0, 0, 0, 0xF8, 7).Key(0, "b", 0xC0, 12).Add(0xF9, 200).Key(1, "c", 1, 1, (byte)'y')
            .Bytes();
        Assert.That(Read(file), Is.EqualTo(
            "redis-ver=7.2.4\n#!lua name=x\ndb 3\na String at 1000 idle -1 freq -1: 2\n"
            + "b String at 5000 idle 7 freq -1: 2\nc List at 0 idle -1 freq 200: 3\n"));
    }

    [Test]
    public void Files_of_all_versions_and_old_encodings_are_read()
    {
        int seed = TestContext.CurrentContext.Random.Next();
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (int version = 1; version <= 11; version++)
        {
            var file = new RdbFile(version);
            var wanted = new StringBuilder();
            for (int i = 0; i < 60; i++)
            {
                (byte[] payload, RecordType type) = Random(random);
                file.Payload($"k{i}", payload);
                wanted.Append($"k{i} {(DumpType)payload[0]} at 0 idle -1 freq -1: "
                    + $"{payload.Length - 1 - DumpWriter.FooterBytes}\n");
            }

            Assert.That(Read(file.Bytes()), Is.EqualTo(wanted.ToString()), $"version {version}");
        }
    }

    [Test]
    public void What_is_cut_off_anywhere_is_an_error()
    {
        byte[] file = Sample();
        for (int length = 0; length < file.Length; length++)
        {
            ToolException? error =
                Assert.Throws<ToolException>(() => Read(file[..length]), $"length {length}");
            Assert.That(error!.Message, Does.Contain("offset"));
        }
    }

    [Test]
    public void A_changed_byte_is_an_error_or_changes_nothing_that_is_summed()
    {
        byte[] file = Sample();
        int refused = 0;
        for (int at = 9; at < file.Length; at++)
        {
            byte before = file[at];
            foreach (int change in (int[])[1, 0x80, 0xFF])
            {
                file[at] = (byte)(before ^ change);
                Assert.Throws<ToolException>(() => Read(file), $"offset {at}");
                refused++;
            }

            file[at] = before;
        }

        TestContext.Out.WriteLine($"{refused} files");
    }

    [Test]
    public void Bytes_without_sense_never_do_more_than_fail()
    {
        int seed = TestContext.CurrentContext.Random.Next();
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        byte[] sample = Sample();
        for (int i = 0; i < 20_000; i++)
        {
            byte[] file = [.. sample[..^8], 0, 0, 0, 0, 0, 0, 0, 0];
            for (int changes = random.Next(1, 6); changes > 0; changes--)
                file[random.Next(9, file.Length - 8)] = (byte)random.Next(256);
            try
            {
                Read(file);
            }
            catch (ToolException)
            {
                // As it should be.
            }
        }
    }

    [Test]
    public void What_cannot_be_read_is_named()
    {
        byte[] module = [0x81, .. Convert.FromHexString("4A1C3C72E4A11001")];
        Assert.That(Read(new RdbFile().Add(7).Text("m").Add(module).Add(2, 5, 5, 1, (byte)'x', 0).Bytes()),
            Does.Match("^module [A-Za-z0-9_-]{9} m\n$"));
        Assert.That(() => Read(new RdbFile().Add(6).Text("m").Add(module).Bytes()),
            Throws.InstanceOf<ToolException>().With.Message.Contains("\"m\""));
        Assert.That(() => Read(new RdbFile(12).Bytes()),
            Throws.InstanceOf<ToolException>().With.Message.Contains("version 12"));
        Assert.That(() => Read("*1\r\n$4\r\nPING\r\n"u8.ToArray()),
            Throws.InstanceOf<ToolException>().With.Message.Contains("does not begin"));
    }

    private static byte[] Sample()
    {
        var random = new Random(7);
        var file = new RdbFile().Add(0xFA).Text("a").Text("b").Add(0xFE, 0);
        for (int i = 0; i < 25; i++) file.Payload($"k{i}", Random(random).Payload);
        return file.Bytes();
    }

    private static (byte[] Payload, RecordType Type) Random(Random random)
    {
        RecordType type = (RecordType)random.Next((int)RecordType.List, (int)RecordType.Hash + 1);
        var elements = new CollectedElements();
        for (int i = random.Next(1, 9); i > 0; i--)
        {
            string name = random.Next(2) == 0 ? $"{i}" : $"m{i}{new string('z', random.Next(40))}";
            elements.Elements.Add((Encoding.ASCII.GetBytes(name), Encoding.ASCII.GetBytes($"v{i}"),
                random.Next(100) / 4.0));
        }

        return (OldPayloads.Write(elements, type, random), type);
    }

    private string Read(byte[] bytes)
    {
        File.WriteAllBytes(_path, bytes);
        using var file = new MappedFile(_path);
        var sink = new TextSink();
        using var reader = new RdbReader(file, sink);
        Assert.That(reader.Read(), Is.EqualTo(file.Length));
        return sink.Text.ToString();
    }

    private sealed class TextSink : IRdbSink
    {
        public StringBuilder Text { get; } = new();

        public void SelectDatabase(int database) => Text.Append($"db {database}\n");

        public void TakeField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
            Text.Append($"{Encoding.ASCII.GetString(name)}={Encoding.ASCII.GetString(value)}\n");

        public void TakeLibrary(ReadOnlySpan<byte> code) =>
            Text.Append($"{Encoding.ASCII.GetString(code)}\n");

        public void TakeKey(in RdbKey key, PayloadCursor body) => Text.Append(
            $"{Encoding.Latin1.GetString(key.Name)} {key.Type} at {key.ExpireAt} idle {key.IdleSeconds} "
            + $"freq {key.Frequency}: {body.Left}\n");

        public void TakeModule(string module, ReadOnlySpan<byte> key) =>
            Text.Append($"module {module} {Encoding.ASCII.GetString(key)}\n");
    }
}
