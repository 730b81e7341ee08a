#!/bin/sh
# Builds the whole installation into target/reg. Nothing on standard output; progress and errors on standard error.
set -eu
cd "${0%/*}/.."
exec >&2
top=$PWD new=$PWD/target/reg.new
. scripts/tools.sh
. libexec/jdk.sh

step() {
    echo "reg: $*"
}

need gcc gcc
need musl-gcc musl-tools
need make make
need mvn maven
need apt-get apt
need flock util-linux
need setsid util-linux
need_done
find_jdk javac
export JAVA_HOME="$jdk"

# What the build writes into folders that count as sources exists before the clock starts.
mkdir -p target native/out error/target linux/target store/target template/target build/target engine/target
touch target/.build-start

step "building the native parts"
make -s -C native

step "building the engine (a minute; the first time Maven fetches its libraries)"
rm -rf "$new" target/lib
mkdir -p "$new/bin" "$new/libexec" "$new/lib" target/lib
if ! mvn -q -B -Dstyle.color=never -pl engine -am -Dmaven.test.skip=true -Dspotless.check.skip=true package \
    org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$top/target/lib" >target/maven.log 2>&1; then
    cat target/maven.log
    step "building the engine failed (this log: $top/target/maven.log)"
    exit 1
fi

step "assembling target/reg"
version=$(sed -n 's/^  <version>\(.*\)<\/version>$/\1/p' pom.xml)
echo "$version" >"$new/VERSION"
cp native/out/reg "$new/bin/"
[ ! -f native/out/reg-launcher ] || cp native/out/reg-launcher native/out/reg-reader native/out/reg-copier native/out/reg-lister "$new/libexec/"
cp libexec/reg-start libexec/jdk.sh "$new/libexec/"
cp target/lib/*.jar "engine/target/reg-engine-$version.jar" "$new/lib/"
mkdir -p "$new/share"
cp docs/reg.schema.json "$new/share/"
for part in catalog systemd LICENSE README.md; do
    [ ! -e "$part" ] || cp -R "$part" "$new/"
done
"$jdk/bin/java" scripts/ModernClasses.java "$new"/lib/*.jar
# The AOT cache refuses a jar with another time than it was made with; the starter sets this one again after a copy.
touch -c -d @1767225600 "$new"/lib/*.jar

step "training the AOT cache"
if ! "$new/libexec/reg-start" --train "$new/lib/reg.aot" >target/train.log 2>&1 || [ ! -s "$new/lib/reg.aot" ]; then
    rm -f "$new/lib/reg.aot"
    grep -m 1 -iE 'error|exception' target/train.log || :
    step "no AOT cache: the engine starts, but takes twice as long (whole log: target/train.log)"
fi

# Builders are users of their own, whatever the mask of who builds this.
chmod -R a+rX "$new"
# Sources changed while they were being built are newer than this.
touch -r target/.build-start "$new/.stamp"
rm -rf target/reg.old
[ ! -e target/reg ] || mv target/reg target/reg.old
mv "$new" target/reg
rm -rf target/reg.old
